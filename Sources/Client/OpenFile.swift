import Foundation
import NIOCore

/// An open file; closed when the last reference goes. Every method that is not `async` blocks: call them through `FileQueue`.
final class OpenFile: Sendable {
    /// Bytes read or written at a time: large enough to hide the calls, small enough to hold a few at once.
    static let blockBytes = 1 << 20

    /// For messages.
    let path: String
    private let descriptor: Int32

    /// Takes over `descriptor`.
    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// Opens a regular file to read it; a symbolic link is not followed.
    static func reading(_ path: String) throws(ClientError) -> OpenFile {
        // Not blocking, so that a named pipe put in the file's place cannot hold the client.
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .system(path) }
        let file = OpenFile(descriptor: descriptor, path: path)
        guard try file.status().kind == .regular else {
            throw .fileSystem(path: path, reason: "it is not a regular file")
        }
        return file
    }

    /// What `reading` does, without blocking the caller's thread.
    static func opening(_ path: String) async throws(ClientError) -> OpenFile {
        try await FileQueue.run { () throws(ClientError) in try OpenFile.reading(path) }
    }

    /// Kind and size.
    func status() throws(ClientError) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(path) }
        return FileStatus(status)
    }

    /// Up to `count` bytes from `offset`; empty at the end.
    func read(at offset: UInt64, count: Int = blockBytes) throws(ClientError) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        var result = -1
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            repeat {
                result = pread(descriptor, bytes.baseAddress, count, off_t(offset))
            } while result < 0 && errno == EINTR
            return max(result, 0)
        }
        guard result >= 0 else { throw .system(path) }
        return buffer
    }

    /// Writes all bytes of `buffer` at `offset`.
    func write(_ buffer: ByteBuffer, at offset: UInt64) throws(ClientError) {
        var written = 0
        let count = buffer.readableBytes
        while written < count {
            let result = buffer.withUnsafeReadableBytes { bytes in
                pwrite(descriptor, bytes.baseAddress! + written, count - written, off_t(offset) + off_t(written))
            }
            if result < 0 && errno == EINTR { continue }
            guard result > 0 else { throw .system(path) }
            written += result
        }
    }

    /// Cuts the file to `size` bytes.
    func truncate(to size: UInt64) throws(ClientError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw .system(path) }
    }

    /// Puts all bytes on the disk.
    func synchronize() throws(ClientError) {
        guard fsync(descriptor) == 0 else { throw .system(path) }
    }

    /// Makes a file of the same bytes at `path`, which must not exist, on the disk; they share blocks where the file system
    /// can do that.
    func copy(to path: String) throws(ClientError) {
        let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw .system(path) }
        let file = OpenFile(descriptor: target, path: path)
        if ioctl(target, Self.shareBlocks, descriptor) != 0 {
            var offset: UInt64 = 0
            while true {
                let block = try read(at: offset)
                guard block.readableBytes > 0 else { break }
                try file.write(block, at: offset)
                offset += UInt64(block.readableBytes)
            }
        }
        try file.synchronize()
    }

    /// Linux, `FICLONE`.
    private static let shareBlocks: UInt = 0x4004_9409

    /// Keeps other processes that ask for the lock away until the file is closed; false when one has it.
    func lock() -> Bool { flock(descriptor, LOCK_EX | LOCK_NB) == 0 }
}

extension OpenFile: Hashable {
    static func == (left: OpenFile, right: OpenFile) -> Bool { left === right }

    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// What a path names.
struct FileStatus: Hashable, Sendable {
    /// The kinds that matter here.
    enum Kind: Hashable, Sendable {
        case regular, directory, symbolicLink, other
    }

    let kind: Kind
    /// Bytes.
    let size: UInt64

    init(_ status: stat) {
        size = UInt64(max(status.st_size, 0))
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        default: kind = .other
        }
    }
}

extension ClientError {
    /// What the last system call said about `path`.
    static func system(_ path: String) -> ClientError {
        let code = errno
        let advice =
            switch code {
            case ENOSPC, EDQUOT: "; make room and try again"
            case EACCES, EPERM, EROFS: "; change its permissions or choose another place"
            default: ""
            }
        return .fileSystem(path: path, reason: String(cString: strerror(code)) + advice)
    }
}
