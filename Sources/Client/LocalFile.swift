public import Foundation
public import Models

/// A local file and the path it shall have in a version.
public struct LocalFile: Hashable, Sendable {
    /// Where it lies in the version.
    public let path: FilePath
    /// Where it lies on this machine.
    public let location: URL
    /// Bytes.
    public let size: UInt64

    /// The file at `location`, which must be a regular one.
    public init(path: FilePath, location: URL) throws(ClientError) {
        self.path = path
        self.location = location
        size = try OpenFile.reading(location.path(percentEncoded: false)).status().size
    }

    /// The location as the file system knows it.
    var localPath: String { location.path(percentEncoded: false) }

    private init(path: FilePath, location: URL, size: UInt64) {
        self.path = path
        self.location = location
        self.size = size
    }

    /// The files that pushing `location` would push, in the order of their paths.
    ///
    /// A file is pushed under its own name. Of a directory, every regular file below is, hidden ones included, except
    /// `.git` and files called `*.partial` (what a pull leaves when it is interrupted). `location` itself may be a
    /// symbolic link; below it links are refused, because what they point to may not be meant to leave the machine.
    ///
    /// Blocks while it reads directories. Throws `ClientError.fileSystem` or `.invalidInput`.
    public static func files(at location: URL) throws(ClientError) -> [LocalFile] {
        let path = location.path(percentEncoded: false)
        var status = stat()
        guard stat(path, &status) == 0 else { throw .system(path) }
        switch FileStatus(status).kind {
        case .regular: return [try single(location)]
        case .directory: return try all(below: path)
        case .symbolicLink, .other: throw .invalidInput("“\(path)” is neither a file nor a directory.")
        }
    }

    private static func single(_ location: URL) throws(ClientError) -> LocalFile {
        // The name is the one the caller wrote; the bytes are where it leads.
        try LocalFile(
            path: validated(location.lastPathComponent), location: location.resolvingSymlinksInPath())
    }

    private static func all(below path: String) throws(ClientError) -> [LocalFile] {
        var found: [LocalFile] = []
        try collect(DirectoryHandle.opening(path), prefix: "", into: &found)
        guard !found.isEmpty else { throw .invalidInput("“\(path)” holds no file to push.") }
        found.sort { $0.path < $1.path }
        try check(found)
        return found
    }

    /// Throws when these files cannot be one version.
    static func check(_ files: [LocalFile]) throws(ClientError) {
        let limits = Limits.standard
        guard !files.isEmpty else { throw .invalidInput("There is no file to push.") }
        guard files.count <= limits.filesPerVersion else {
            throw .invalidInput(
                "These are \(files.count) files; a version has at most \(limits.filesPerVersion). Pack some together.")
        }
        if let file = files.first(where: { $0.size > limits.fileBytes }) {
            throw .invalidInput("“\(file.path)” is larger than \(limits.fileBytes) bytes. Split it.")
        }
        if let conflict = FilePath.conflict(among: files.map(\.path)) {
            throw .invalidInput("These files cannot stand together: \(conflict). Rename one.")
        }
    }

    private static func collect(
        _ directory: DirectoryHandle, prefix: String, into found: inout [LocalFile]
    ) throws(ClientError) {
        for name in try directory.names() where name != ".git" {
            let location = directory.path(of: name)
            guard let status = try directory.status(of: name) else { continue }
            switch status.kind {
            case .regular where name.hasSuffix(".partial"): continue
            case .regular:
                found.append(
                    LocalFile(
                        path: try validated(prefix + name),
                        location: URL(filePath: location, directoryHint: .notDirectory), size: status.size))
            case .directory: try collect(directory.directory(name), prefix: prefix + name + "/", into: &found)
            case .symbolicLink:
                throw .invalidInput(
                    "“\(location)” is a symbolic link. Put the file it points to in its place, or remove it.")
            case .other:
                throw .invalidInput("“\(location)” is neither a file nor a directory. Remove it.")
            }
        }
    }

    private static func validated(_ text: String) throws(ClientError) -> FilePath {
        do { return try FilePath(text) } catch { throw .invalidInput("\(error.description). Rename it.") }
    }
}
