import Glibc
import Storage

/// One pack: a file of stored chunks, one after the other, written once. What is where in it only the index knows.
final class PackFile: Sendable {
    /// Bytes after which a pack is full. Few enough files for terabytes, and little to move when most of one is dead.
    static let capacity = 256 << 20

    let number: UInt64
    private let descriptor: CInt

    private init(number: UInt64, descriptor: CInt) {
        self.number = number
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Makes the pack's file, durably.
    static func create(_ number: UInt64, in directory: String) throws(StorageError) -> PackFile {
        let path = path(of: number, in: directory)
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageError(errno, "\(path) cannot be made") }
        let file = PackFile(number: number, descriptor: descriptor)
        try synchronise(directory)
        return file
    }

    /// The pack's file, to read from; nil when there is none.
    static func open(_ number: UInt64, in directory: String) throws(StorageError) -> PackFile? {
        let path = path(of: number, in: directory)
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw StorageError(errno, "\(path) cannot be opened")
        }
        return PackFile(number: number, descriptor: descriptor)
    }

    /// Makes the file of a whole pack that was elsewhere, durably; one that is cut off is no pack.
    static func install(_ number: UInt64, _ bytes: [UInt8], in directory: String) throws(StorageError) {
        let (path, temporary) = (path(of: number, in: directory), path(of: number, in: directory) + ".new")
        guard unlink(temporary) == 0 || errno == ENOENT else {
            throw StorageError(errno, "\(temporary) cannot be removed")
        }
        let descriptor = Glibc.open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageError(errno, "\(temporary) cannot be made") }
        let file = PackFile(number: number, descriptor: descriptor)
        try file.write([bytes], at: 0)
        try file.synchronise()
        guard rename(temporary, path) == 0 else { throw StorageError(errno, "\(path) cannot be made") }
        try synchronise(directory)
    }

    /// Removes the pack's file. Who has it open can still read it.
    static func remove(_ number: UInt64, in directory: String) throws(StorageError) {
        let path = path(of: number, in: directory)
        guard unlink(path) == 0 || errno == ENOENT else { throw StorageError(errno, "\(path) cannot be removed") }
    }

    /// The packs in `directory`, by number, and how many bytes each has.
    static func all(in directory: String) throws(StorageError) -> [UInt64: Int] {
        guard let stream = opendir(directory) else { throw StorageError(errno, "\(directory) cannot be listed") }
        defer { closedir(stream) }
        var found: [UInt64: Int] = [:]
        while true {
            // A directory that cannot be read is not one without packs.
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw StorageError(errno, "\(directory) cannot be listed") }
                return found
            }
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(suffix), let number = UInt64(name.dropLast(suffix.count), radix: 16) else { continue }
            var status = stat()
            guard stat(directory + "/" + name, &status) == 0 else {
                if errno == ENOENT { continue }
                throw StorageError(errno, "\(directory)/\(name) cannot be looked at")
            }
            found[number] = Int(status.st_size)
        }
    }

    /// What is wrong when there is so little room left that it is kept for records; else nil.
    static func shortage(in directory: String) -> StorageError? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        let (free, total) = (
            UInt64(status.f_bavail) &* UInt64(status.f_frsize), UInt64(status.f_blocks) &* UInt64(status.f_frsize)
        )
        let kept = min(mostKeptFree, total / shareKeptFree)
        guard free < kept else { return nil }
        return .full("\(free >> 20) MiB are left, and \(kept >> 20) are kept for records, which are still taken")
    }

    /// Bytes that chunks leave to records: a log that was just begun and a few tables; of a small disk a fiftieth.
    private static let (mostKeptFree, shareKeptFree): (UInt64, UInt64) = (256 << 20, 50)

    /// Writes `pieces` one after the other at `offset`.
    func write(_ pieces: [[UInt8]], at offset: Int) throws(StorageError) {
        var position = offset
        for piece in pieces {
            var written = 0
            while written < piece.count {
                let count = piece.withUnsafeBytes {
                    pwrite(
                        descriptor, $0.baseAddress.map { $0 + written }, $0.count - written, off_t(position + written))
                }
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    throw StorageError(count < 0 ? errno : ENOSPC, "pack \(number) cannot be written")
                }
                written += count
            }
            position += piece.count
        }
        // The disk begins at once, so that a flush has little left to do and nobody else's waits behind it. What goes
        // wrong, the flush will say.
        if position - offset >= Self.bytesWorthStarting {
            _ = posix_fadvise(descriptor, off_t(offset), off_t(position - offset), POSIX_FADV_DONTNEED)
        }
    }

    /// All bytes.
    func readAll() throws(StorageError) -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw StorageError(errno, "pack \(number) cannot be looked at") }
        guard case .whole(let bytes) = try read(Int(status.st_size), at: 0) else {
            throw .failed("pack \(number) cannot be read")
        }
        return bytes
    }

    /// What a read found.
    enum Found {
        case whole([UInt8])
        /// The file ends before.
        case short
        /// The disk says that it cannot read there.
        case unreadable
    }

    /// `count` bytes at `offset`.
    func read(_ count: Int, at offset: Int) throws(StorageError) -> Found {
        var failure: CInt?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let read = pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
                if read < 0, errno == EINTR { continue }
                if read < 0 { failure = errno }
                guard read > 0 else { return }
                filled += read
            }
        }
        if failure == EIO { return .unreadable }
        if let failure { throw StorageError(failure, "pack \(number) cannot be read") }
        return bytes.count == count ? .whole(bytes) : .short
    }

    /// Returns when everything that was written survives a crash.
    func synchronise() throws(StorageError) {
        guard fdatasync(descriptor) == 0 else { throw StorageError(errno, "pack \(number) cannot be flushed") }
    }

    private static let suffix = ".pack"
    private static let bytesWorthStarting = 1 << 20

    private static func path(of number: UInt64, in directory: String) -> String {
        let digits = String(number, radix: 16)
        return directory + "/" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + suffix
    }

    private static func synchronise(_ directory: String) throws(StorageError) {
        let descriptor = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StorageError(errno, "\(directory) cannot be opened") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StorageError(errno, "\(directory) cannot be flushed") }
    }
}

extension StorageError {
    /// What the system's error number means to the caller.
    init(_ number: CInt, _ what: String) {
        let detail = "\(what): \(String(cString: strerror(number)))"
        self = number == ENOSPC || number == EDQUOT ? .full(detail) : .failed(detail)
    }
}
