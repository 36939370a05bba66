import struct Crypto.SHA256
package import Models

/// What comes out of a file being chunked, in the order of the file; a page comes after the last of its chunks.
package enum ChunkerOutput: Hashable, Sendable {
    /// A chunk's reference and its bytes.
    case chunk(ChunkReference, bytes: [UInt8])
    /// A page's reference and its canonical bytes.
    case page(PageReference, bytes: [UInt8])
}

/// What a whole file turned out to be.
package struct FileContent: Hashable, Sendable {
    /// Bytes of the file.
    package let size: UInt64
    /// SHA-256 of the file.
    package let sha256: Digest
    /// The pages that list its chunks, in order; none for an empty file.
    package let pages: [PageReference]
}

/// Turns one file, fed in slices of any size, into chunks, pages and a SHA-256, in constant memory. Each byte is copied
/// once: into the chunk that is handed out.
///
/// When `emit` throws, what it was given is lost and the chunker must be dropped with it.
package struct FileChunker: Sendable {
    private let referencesPerPage: Int
    private var boundaries = Boundaries()
    private var sha256 = SHA256()
    private var size: UInt64 = 0
    /// The bytes of the current chunk that came in earlier slices.
    private var begun: [UInt8] = []
    /// The chunks of the current page.
    private var references: [ChunkReference] = []
    private var pages: [PageReference] = []

    /// At the start of a file. Another number than the standard one gives pages of other names: for tests.
    package init(referencesPerPage: Int = Limits.standard.referencesPerPage) {
        self.referencesPerPage = referencesPerPage
    }

    /// Takes the next bytes of the file, and hands out the chunks and pages they complete.
    package mutating func append<Failure: Error>(
        _ bytes: UnsafeRawBufferPointer, emit: (ChunkerOutput) throws(Failure) -> Void
    ) throws(Failure) {
        var rest = bytes
        while !rest.isEmpty {
            guard let cut = boundaries.nextCut(in: rest) else {
                take(rest, endsChunk: false)
                return
            }
            take(UnsafeRawBufferPointer(rebasing: rest[..<cut]), endsChunk: true)
            rest = UnsafeRawBufferPointer(rebasing: rest[cut...])
            try endChunk(emit)
        }
    }

    /// Takes the next bytes of the file, and hands out the chunks and pages they complete.
    package mutating func append<Failure: Error>(
        _ bytes: [UInt8], emit: (ChunkerOutput) throws(Failure) -> Void
    ) throws(Failure) {
        try append(bytes[...], emit: emit)
    }

    /// Takes the next bytes of the file, and hands out the chunks and pages they complete.
    package mutating func append<Failure: Error>(
        _ bytes: ArraySlice<UInt8>, emit: (ChunkerOutput) throws(Failure) -> Void
    ) throws(Failure) {
        try bytes.withUnsafeBufferPointer { (buffer) throws(Failure) in
            try append(UnsafeRawBufferPointer(buffer), emit: emit)
        }
    }

    /// The file is whole: hands out the last chunk and page, and says what the file is. The chunker is then as new.
    package mutating func finish<Failure: Error>(
        emit: (ChunkerOutput) throws(Failure) -> Void
    ) throws(Failure) -> FileContent {
        if !begun.isEmpty { try endChunk(emit) }
        if !references.isEmpty { try endPage(emit) }
        // A SHA-256 always has the 32 bytes that a digest needs.
        let digest = Digest(bytes: Array(sha256.finalize()))!
        let content = FileContent(size: size, sha256: digest, pages: pages)
        self = FileChunker(referencesPerPage: referencesPerPage)
        return content
    }

    private mutating func take(_ piece: UnsafeRawBufferPointer, endsChunk: Bool) {
        sha256.update(bufferPointer: piece)
        size += UInt64(piece.count)
        if begun.isEmpty && endsChunk {
            begun = Array(piece)
            return
        }
        // Room for the longest chunk, so that one that comes in many slices is not copied as it grows.
        if begun.isEmpty { begun.reserveCapacity(Boundaries.maximumBytes) }
        begun.append(contentsOf: piece)
    }

    private mutating func endChunk<Failure: Error>(_ emit: (ChunkerOutput) throws(Failure) -> Void) throws(Failure) {
        let bytes = begun
        begun = []
        let reference = ChunkReference(id: ChunkID(ofChunk: bytes), size: UInt32(bytes.count))
        references.append(reference)
        try emit(.chunk(reference, bytes: bytes))
        if references.count == referencesPerPage { try endPage(emit) }
    }

    private mutating func endPage<Failure: Error>(_ emit: (ChunkerOutput) throws(Failure) -> Void) throws(Failure) {
        let page = ChunkPage(references: references)
        references.removeAll(keepingCapacity: true)
        let bytes = page.canonicalBytes
        let reference = PageReference(id: ChunkID(ofPage: bytes), size: page.size)
        pages.append(reference)
        try emit(.page(reference, bytes: bytes))
    }
}
