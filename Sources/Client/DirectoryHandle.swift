import Foundation
import Models

/// An open directory. Names are resolved below it one at a time and never through a symbolic link, so that nobody who
/// swaps a directory for a link while files arrive can lead them elsewhere. Every method blocks.
final class DirectoryHandle: Sendable {
    /// For messages.
    let path: String
    private let descriptor: Int32

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// Opens the directory that `path` names: the caller chose it, so links up to and including it are followed.
    static func opening(_ path: String) throws(ClientError) -> DirectoryHandle {
        var path = path
        while path.hasSuffix("/") && path.utf8.count > 1 { path.removeLast() }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path) }
        return DirectoryHandle(descriptor: descriptor, path: path)
    }

    /// The path of `name` below, for messages.
    func path(of name: String) -> String { "\(path)/\(name)" }

    /// Opens a directory below.
    func directory(_ name: String) throws(ClientError) -> DirectoryHandle {
        let opened = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard opened >= 0 else {
            let error = ClientError.system(path(of: name))
            throw try status(of: name)?.kind == .symbolicLink ? Self.linkError(path(of: name)) : error
        }
        return DirectoryHandle(descriptor: opened, path: path(of: name))
    }

    /// Opens a directory below, making it when there is none.
    func makeDirectory(_ name: String) throws(ClientError) -> DirectoryHandle {
        guard mkdirat(descriptor, name, 0o777) == 0 || errno == EEXIST else { throw .system(path(of: name)) }
        return try directory(name)
    }

    /// Opens a file below to read and write it, making it when there is none.
    func makeFile(_ name: String) throws(ClientError) -> OpenFile {
        let opened = openat(descriptor, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
        guard opened >= 0 else {
            throw errno == ELOOP ? Self.linkError(path(of: name)) : .system(path(of: name))
        }
        return OpenFile(descriptor: opened, path: path(of: name))
    }

    /// Kind and size of what `name` names, of a link itself; nil when nothing does.
    func status(of name: String) throws(ClientError) -> FileStatus? {
        var status = stat()
        guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
            if errno == ENOENT { return nil }
            throw .system(path(of: name))
        }
        return FileStatus(status)
    }

    /// Gives a file a new name, in place of what had it.
    func rename(_ name: String, to newName: String) throws(ClientError) {
        guard renameat(descriptor, name, descriptor, newName) == 0 else { throw .system(path(of: newName)) }
    }

    /// Removes a file.
    func remove(_ name: String) throws(ClientError) {
        guard unlinkat(descriptor, name, 0) == 0 else { throw .system(path(of: name)) }
    }

    /// The names in the directory, in the order of their bytes.
    func names() throws(ClientError) -> [String] {
        // A stream of its own: reading moves a position that duplicates of a descriptor share.
        let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { throw .system(path) }
        guard let stream = fdopendir(copy) else {
            close(copy)
            throw .system(path)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else { break }
            guard let name = Self.name(of: entry) else {
                throw .fileSystem(path: path, reason: "it holds a name that is not UTF-8; rename that file")
            }
            if name != "." && name != ".." { names.append(name) }
        }
        guard errno == 0 else { throw .system(path) }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String? {
        withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
            String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    private static func linkError(_ path: String) -> ClientError {
        .fileSystem(path: path, reason: "it is a symbolic link, which files are not written through; remove it")
    }
}
