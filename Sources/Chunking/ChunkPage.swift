package import Models

/// Bytes that are not the page they should be.
package enum PageError: Error, Hashable, Sendable {
    /// The bytes do not hash to the page's name: damaged; another replica may have them whole.
    case notNamed(ChunkID)
    /// The bytes hash to the name, but are no page that this build can read.
    case unreadable(ChunkID, CanonicalError)
    /// The page is whole, but its chunks do not add up to the size that its file says.
    case wrongSize(ChunkID, stated: UInt64, held: UInt64)
}

/// A run of a file's chunks, in order: what is stored under a page's name.
///
/// Canonical bytes, version 1: the version byte, a 32-bit count, then 36 bytes a chunk (name, size).
package struct ChunkPage: Hashable, Sendable, CanonicalCodable {
    private static let version: UInt8 = 1

    /// The chunks, 1 to `Limits.referencesPerPage` of them.
    package let references: [ChunkReference]

    /// A page that lists `references`.
    package init(references: [ChunkReference]) { self.references = references }

    /// Decodes `bytes` as the page that `reference` names, after checking that they are it.
    package init(_ bytes: [UInt8], named reference: PageReference) throws(PageError) {
        guard Self.isPage(bytes, named: reference.id) else { throw .notNamed(reference.id) }
        do { try self.init(canonicalBytes: bytes) } catch { throw .unreadable(reference.id, error) }
        guard size == reference.size else {
            throw .wrongSize(reference.id, stated: reference.size, held: size)
        }
    }

    /// Bytes of the file that the page's chunks hold together.
    package var size: UInt64 { references.reduce(0) { $0 + UInt64($1.size) } }

    /// The page's name.
    package var id: ChunkID { ChunkID(ofPage: canonicalBytes) }

    /// Whether `bytes` are the page called `id`, by their hash alone: they are not decoded.
    package static func isPage(_ bytes: [UInt8], named id: ChunkID) -> Bool { ChunkID(ofPage: bytes) == id }

    /// Appends the version byte, the count and the chunks.
    package func encode(to writer: inout CanonicalWriter) {
        writer.write(Self.version)
        writer.write(list: references)
    }

    /// Reads a page; throws unless it lists 1 to `Limits.referencesPerPage` chunks of 1 byte to 128 KiB each.
    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "page", known: Self.version...Self.version)
        references = try reader.readList()
        guard 1...Limits.standard.referencesPerPage ~= references.count else {
            throw .invalid("a page lists \(references.count) chunks")
        }
        for reference in references where !(1...Boundaries.maximumBytes ~= Int(reference.size)) {
            throw .invalid("a chunk of \(reference.size) bytes")
        }
    }
}
