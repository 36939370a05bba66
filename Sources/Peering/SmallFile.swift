package import Foundation

/// Small files of text, certificates and keys before all: whole or not there, and keys for their owner's eyes only.
package enum SmallFile {
    /// What the file holds.
    package static func read(_ path: String) throws(PeerError) -> String {
        do { return try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw .credentials("\(path) cannot be read: \(error.localizedDescription)")
        }
    }

    /// Makes `path` a file that holds `text`; fails when there is one and it is not to be replaced. The file has its
    /// final mode from its first moment: a key that is made private after it was written could have been opened in
    /// between.
    package static func write(_ text: String, to path: String, mode: mode_t, replaces: Bool) throws(PeerError) {
        let temporary = path + ".new"
        unlink(temporary)
        let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw failure(path) }
        let isWritten = write(Array(text.utf8), to: file) && fsync(file) == 0
        let isClosed = close(file) == 0
        let isPlaced = isWritten && isClosed && (replaces ? rename(temporary, path) : link(temporary, path)) == 0
        let error = isPlaced ? nil : failure(path)
        unlink(temporary)
        if let error { throw error }
        try syncDirectory(of: path)
    }

    private static func write(_ bytes: [UInt8], to file: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// A renamed file survives a crash only once its directory does.
    private static func syncDirectory(of path: String) throws(PeerError) {
        let directory = URL(filePath: path).deletingLastPathComponent().path
        let handle = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw failure(directory) }
        defer { close(handle) }
        guard fsync(handle) == 0 else { throw failure(directory) }
    }

    private static func failure(_ path: String) -> PeerError {
        .credentials("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}
