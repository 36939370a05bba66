import Glibc

/// Counted work on a terminal: one line, written over itself.
enum PageCount {
    /// Shows that `done` of `all` pages are done.
    static func show(_ done: Int, of all: Int) {
        guard isatty(STDERR_FILENO) != 0 else { return }
        StandardStream.write("\r\(done) of \(all) pages\(done == all ? "\n" : "")", to: .error)
    }
}
