import Chunking
public import Foundation
import Models
import NIOCore

/// Files that were pulled before, kept for pulls to come: in a directory of its own, up to a size. Several processes may
/// use it at the same time.
///
/// Beside each file, named by its SHA-256, lies the list of its chunks, so that it need not be read to know what is in it.
/// Nothing in it is believed: what is copied from it counts in the digest of the file that is pulled.
public struct LocalCache: Hashable, Sendable {
    /// Where it is; made when it does not exist.
    public let directory: URL
    /// Bytes that its files may have together; those not used for longest go first.
    public let limitBytes: UInt64

    /// A cache in `directory`.
    public init(directory: URL, limitBytes: UInt64) {
        self.directory = directory
        self.limitBytes = limitBytes
    }

    /// A file in it.
    struct Entry: Hashable, Sendable {
        let digest: Digest
        let size: UInt64
        let usedAt: Date
    }

    private var path: String { directory.path(percentEncoded: false) }

    private func path(of digest: Digest) -> String { "\(path)/\(digest)" }

    private func listPath(of digest: Digest) -> String { path(of: digest) + ".chunks" }
}

extension LocalCache {
    /// The files in it, those used last first; none when there is no such directory.
    func entries() throws(ClientError) -> [Entry] {
        try names().compactMap { name -> Entry? in
            guard let digest = Digest(name) else { return nil }
            // Probe: another process may just have removed it.
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: "\(path)/\(name)"),
                let size = attributes[.size] as? UInt64, let date = attributes[.modificationDate] as? Date
            else { return nil }
            return Entry(digest: digest, size: size, usedAt: date)
        }
        .sorted { ($0.usedAt, $0.digest.description) > ($1.usedAt, $1.digest.description) }
    }

    private func names() throws(ClientError) -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do { return try FileManager.default.contentsOfDirectory(atPath: path) } catch {
            throw .fileSystem(path: path, reason: "the cache cannot be read: \(error.localizedDescription)")
        }
    }

    /// Enters the chunks of up to `most` files, those used last first.
    func load(into index: inout ChunkIndex<OpenFile>, most: Int) throws(ClientError) {
        for entry in try entries().prefix(most) where !index.isFull {
            // Probe: one that another process has just removed is of no use.
            guard let file = try? OpenFile.reading(path(of: entry.digest)),
                let list = try? OpenFile.reading(listPath(of: entry.digest)),
                let bytes = try? list.read(at: 0, count: Self.listBytes(of: entry.size))
            else { continue }
            var reader = CanonicalReader(Array(bytes.readableBytesView))
            var offset: UInt64 = 0
            // Probe: a list that ends early names fewer chunks.
            while offset < entry.size, let chunk: ChunkReference = try? reader.read() {
                index.add(chunk, in: file, at: offset)
                offset += UInt64(chunk.size)
            }
        }
    }

    /// What the list of a file's chunks has at most: 36 bytes for each, which are of 8 KiB at least, but for the last.
    private static func listBytes(of size: UInt64) -> Int { Int(size / 8_192 + 1) * 36 }

    /// Notes that those of `files` which are in it were used, so that they go later.
    func touch(_ files: Set<String>) { for file in files where isOurs(file) { _ = utimes(file, nil) } }

    /// Removes those of `files` that are in it: something of them was wrong.
    func discard(_ files: Set<String>) { for file in files where isOurs(file) { unlink(file) } }

    /// Whether it is a file that `keep` made.
    private func isOurs(_ file: String) -> Bool {
        let url = URL(filePath: file)
        return Digest(url.lastPathComponent) != nil
            && url.deletingLastPathComponent().standardizedFileURL == directory.standardizedFileURL
    }

    /// Those of `files` that are not in it and may be, of a directory.
    func missing(of files: [FileEntry]) throws(ClientError) -> [FileEntry] {
        // One that a crash cut short is none.
        let present = Set(try entries().map { [$0.digest.description, "\($0.size)"] })
        var seen: Set<Digest> = []
        return files.filter { file in
            file.size >= LocalChunks.leastBytes && file.size <= limitBytes
                && !present.contains([file.sha256.description, "\(file.size)"])
                && seen.insert(file.sha256).inserted
        }
    }

    /// Takes in a copy of the file at `source`, which shares its blocks where the file system can do that, and its chunks.
    func keep(_ source: String, _ digest: Digest, _ chunks: [ChunkReference]) throws(ClientError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .fileSystem(path: path, reason: "the cache cannot be made: \(error.localizedDescription)")
        }
        let size = try OpenFile.reading(source).status().size
        try makeRoom(for: size)
        var list = CanonicalWriter()
        for chunk in chunks { list.write(chunk) }
        // A name of its own until it is whole: another process may be doing the same, on another machine too.
        let temporary = "\(path)/\(Self.temporaryPrefix)\(UUID().uuidString)"
        do { try Data(list.bytes).write(to: URL(filePath: listPath(of: digest)), options: .atomic) } catch {
            throw .fileSystem(path: path, reason: "the cache cannot be written: \(error.localizedDescription)")
        }
        do throws(ClientError) {
            try OpenFile.reading(source).copy(to: temporary)
            guard rename(temporary, path(of: digest)) == 0 else { throw .system(path(of: digest)) }
        } catch {
            unlink(temporary)
            throw error
        }
    }

    private static let temporaryPrefix = ".partial-"
    /// Longer than any copy takes.
    private static let staleAfter: TimeInterval = 86_400

    /// Removes what a pull left that was ended in the middle.
    private func removeStale() throws(ClientError) {
        for name in try names() {
            let path = "\(path)/\(name)"
            let isOrphan = name.hasSuffix(".chunks") && access(String(path.dropLast(".chunks".count)), F_OK) != 0
            guard isOrphan || name.hasPrefix(Self.temporaryPrefix) else { continue }
            // Probe: another process may just have removed it.
            let date = (try? FileManager.default.attributesOfItem(atPath: path))?[.modificationDate] as? Date
            if let date, date < Date(timeIntervalSinceNow: -Self.staleAfter) { unlink(path) }
        }
    }

    /// Removes files until there is room for `size` bytes.
    private func makeRoom(for size: UInt64) throws(ClientError) {
        try removeStale()
        let entries = try entries()
        var total = entries.reduce(0) { $0 + $1.size } + size
        for entry in entries.reversed() where total > limitBytes {
            // The list last: without its file it is taken for nothing.
            for path in [path(of: entry.digest), listPath(of: entry.digest)] {
                guard unlink(path) == 0 || errno == ENOENT else { throw .system(path) }
            }
            total -= entry.size
        }
    }
}
