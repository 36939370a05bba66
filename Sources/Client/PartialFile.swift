import Foundation
import Models
import NIOCore

/// A file that is being received, under a name of its own beside its place: it takes the place only when it is whole
/// and has the right digest. What a broken pull leaves is taken up by the next one.
struct PartialFile: Sendable {
    private let directory: DirectoryHandle
    private let name: String
    private let file: OpenFile
    /// Over the bytes on disk.
    private var running = RunningDigest()
    /// Bytes that came and are not on disk yet.
    private var pending = ByteBuffer()

    /// Opens or makes the file and takes in what it holds already, up to `size` bytes.
    init(_ name: String, in directory: DirectoryHandle, size: UInt64) async throws(ClientError) {
        self.directory = directory
        self.name = name
        file = try await FileQueue.run { () throws(ClientError) in
            let file = try directory.makeFile(name)
            guard try file.status().kind == .regular else {
                throw .fileSystem(path: file.path, reason: "it is not a regular file; remove it")
            }
            guard file.lock() else {
                throw .fileSystem(path: file.path, reason: "another pull is writing it; wait for that one")
            }
            if try file.status().size > size { try file.truncate(to: 0) }
            return file
        }
        try await running.update(file, upTo: size)
    }

    /// Bytes received so far.
    var count: UInt64 { running.count + UInt64(pending.readableBytes) }

    /// Takes in the next bytes; writes when enough have come together.
    mutating func append(_ bytes: ByteBuffer) async throws(ClientError) {
        pending.writeImmutableBuffer(bytes)
        if pending.readableBytes >= OpenFile.blockBytes { try await flush() }
    }

    /// Writes what came.
    mutating func flush() async throws(ClientError) {
        guard pending.readableBytes > 0 else { return }
        let (file, bytes, offset) = (file, pending, running.count)
        running.update(bytes)
        pending = ByteBuffer()
        try await FileQueue.run { () throws(ClientError) in try file.write(bytes, at: offset) }
    }

    /// Forgets all bytes.
    mutating func startAgain() async throws(ClientError) {
        running = RunningDigest()
        pending = ByteBuffer()
        let file = file
        try await FileQueue.run { () throws(ClientError) in try file.truncate(to: 0) }
    }

    /// Over the bytes on disk.
    var digest: Digest { running.digest }

    /// Puts the file in its place.
    func finish(as place: String) async throws(ClientError) {
        let (directory, name, file) = (directory, name, file)
        try await FileQueue.run { () throws(ClientError) in
            try file.synchronize()
            try directory.rename(name, to: place)
        }
    }
}

extension PartialFile {
    /// The name for what arrives of the file at `path`: `.NAME.partial`, or one made of the digest where that is too
    /// long or is the name of another file of the version.
    static func name(for path: FilePath, digest: Digest, among paths: Set<FilePath>) -> String {
        let parents = path.components.dropLast()
        let name = ".\(path.components.last ?? "").partial"
        let full = (parents + [Substring(name)]).joined(separator: "/")
        // Probe: a name too long to be a path's component is too long for the file system.
        if let partial = try? FilePath(full), !paths.contains(partial) { return name }
        return ".\(digest).partial"
    }
}
