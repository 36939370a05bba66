import Glibc

/// The folder of the index: `search-1.sqlite`, `search-2.sqlite`, …, of which the last finished one counts. A rebuild
/// writes the next; what it replaces is removed when the last search in it has ended. Renaming over an open file would
/// pair the new file with the old one's `-wal`.
struct IndexFolder: Sendable {
    let path: String

    /// Makes the folder; its parent must be there.
    init(_ path: String) throws(SearchError) {
        self.path = path
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw .storage("\(path) cannot be made: \(IndexFolder.reason)")
        }
    }

    func file(_ generation: Int) -> String { "\(path)/search-\(generation).sqlite" }

    /// Numbers of the files, the newest first.
    func generations() throws(SearchError) -> [Int] {
        guard let folder = opendir(path) else { throw .storage("\(path) cannot be read: \(IndexFolder.reason)") }
        defer { closedir(folder) }
        var found: Set<Int> = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let generation = IndexFolder.generation(name) { found.insert(generation) }
        }
        return found.sorted(by: >)
    }

    /// Removes a file with what SQLite keeps beside it. What is not there is no error.
    func remove(_ generation: Int) {
        for ending in ["-wal", "-shm", "-journal", ""] { unlink(file(generation) + ending) }
    }

    private static func generation(_ name: String) -> Int? {
        guard name.hasPrefix("search-") else { return nil }
        let rest = name.dropFirst(7)
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        let ending = rest.dropFirst(digits.count)
        guard [".sqlite", ".sqlite-wal", ".sqlite-shm", ".sqlite-journal"].contains(ending), digits.count < 10 else {
            return nil
        }
        return Int(digits)
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
