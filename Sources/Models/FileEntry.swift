/// One file of a version: where it lies, what it is, and where its bytes are.
public struct FileEntry: Hashable, Sendable, Codable, CanonicalCodable {
    /// Where the file lies in the version.
    public let path: FilePath
    /// Bytes of the file.
    public let size: UInt64
    /// SHA-256 of the file.
    public let sha256: Digest
    /// The pages that list the file's chunks, in order. Not part of JSON: clients read bytes by path.
    package let pages: [PageReference]

    enum CodingKeys: String, CodingKey {
        case path, size, sha256
    }

    /// A file of `size` bytes at `path`, whose chunks `pages` list.
    package init(path: FilePath, size: UInt64, sha256: Digest, pages: [PageReference]) {
        self.path = path
        self.size = size
        self.sha256 = sha256
        self.pages = pages
    }

    /// Decodes path, size and digest; the pages are not known to clients.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        path = try container.decode(FilePath.self, forKey: .path)
        size = try container.decode(UInt64.self, forKey: .size)
        sha256 = try container.decode(Digest.self, forKey: .sha256)
        pages = []
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(path)
        writer.write(size)
        writer.write(sha256)
        writer.write(list: pages)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        path = try reader.read()
        size = try reader.readInteger()
        sha256 = try reader.read()
        pages = try reader.readList()
    }
}

/// A page of a file: the name of stored bytes that list up to `Limits.referencesPerPage` chunks. Pages keep a log entry
/// small however large the file: 44 bytes for about 64 MiB.
package struct PageReference: Hashable, Sendable, CanonicalCodable {
    /// The page's name: keyed BLAKE3 of its canonical bytes, under a key of its own.
    package let id: ChunkID
    /// How many bytes of the file the page's chunks hold together.
    package let size: UInt64

    /// The page called `id`, covering `size` bytes of its file.
    package init(id: ChunkID, size: UInt64) {
        self.id = id
        self.size = size
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(id)
        writer.write(size)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        id = try reader.read()
        size = try reader.readInteger()
    }
}

/// One chunk of a file, as its page lists it.
package struct ChunkReference: Hashable, Sendable, CanonicalCodable {
    /// The chunk's name.
    package let id: ChunkID
    /// Bytes of the chunk, 1 to 128 KiB.
    package let size: UInt32

    /// The chunk called `id`, of `size` bytes.
    package init(id: ChunkID, size: UInt32) {
        self.id = id
        self.size = size
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(id)
        writer.write(size)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        id = try reader.read()
        size = try reader.readInteger()
    }
}
