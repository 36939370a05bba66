import Foundation
import Glibc

/// Small files that a node keeps beside its store.
enum DurableFile {
    /// Writes the file, whole or not at all.
    /// - Parameter permissions: as of `chmod`.
    static func write(_ contents: Data, to path: String, permissions: Int = 0o644) throws {
        let temporary = path + ".new"
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: permissions]
        guard FileManager.default.createFile(atPath: temporary, contents: contents, attributes: attributes) else {
            throw NodeConfiguration.Invalid("\(temporary) cannot be written")
        }
        let handle = try FileHandle(forUpdating: URL(filePath: temporary))
        try handle.synchronize()
        try handle.close()
        guard rename(temporary, path) == 0 else {
            throw NodeConfiguration.Invalid("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        // The name is safe with its directory.
        let directory = open((path as NSString).deletingLastPathComponent, O_RDONLY)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }
}
