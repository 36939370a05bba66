import Chunking
import Models
package import NIOCore
import Peering
import Storage

/// A file going out: its bytes, or a range of them, piece by piece, each chunk checked against its name.
///
/// A chunk that this node lacks, or holds damaged, is fetched from a peer, and kept if the node shall keep it. One owner
/// calls `next` until it is nil.
package final class FileReader {
    /// Chunks read at a time: about half a megabyte, so that a hop to the disk's threads costs little.
    private static let chunksPerPiece = 8

    private let service: RegistryService
    private let isKept: Bool
    private var pages: ArraySlice<PageReference>
    private var chunks: ArraySlice<ChunkReference> = []
    /// Bytes of the file before the next chunk or page still to be skipped.
    private var toSkip: UInt64
    private var remaining: UInt64

    init(service: RegistryService, file: FileEntry, range: Range<UInt64>, isKept: Bool) {
        self.service = service
        self.isKept = isKept
        pages = file.pages[...]
        toSkip = range.lowerBound
        remaining = range.upperBound - range.lowerBound
        while let page = pages.first, page.size <= toSkip {
            toSkip -= page.size
            pages.removeFirst()
        }
    }

    /// The next bytes, at least one, or nil at the end of the range.
    package func next() async throws(ServiceError) -> ByteBuffer? {
        guard remaining > 0 else { return nil }
        if chunks.isEmpty { try await openPage() }
        // No more than is asked for: a delta may ask for little at many places.
        var wanted = toSkip + remaining
        let taken = chunks.prefix(Self.chunksPerPiece).prefix { chunk in
            defer { wanted -= min(wanted, UInt64(chunk.size)) }
            return wanted > 0
        }
        chunks = chunks.dropFirst(taken.count)
        let (service, isKept, ids) = (service, isKept, taken.map(\.id))
        var bytes = try await service.sharedReads.read(ids) { () async throws(ServiceError) in
            let parts = try await service.bytes(ofChunks: ids, isKept: isKept)
            var bytes = ByteBuffer()
            bytes.reserveCapacity(parts.reduce(0) { $0 + $1.count })
            for part in parts { bytes.writeBytes(part) }
            return bytes
        }
        bytes.moveReaderIndex(forwardBy: Int(toSkip))
        toSkip = 0
        if UInt64(bytes.readableBytes) > remaining {
            bytes = bytes.getSlice(at: bytes.readerIndex, length: Int(remaining)) ?? bytes
        }
        remaining -= UInt64(bytes.readableBytes)
        return bytes
    }

    private func openPage() async throws(ServiceError) {
        guard let page = pages.popFirst() else {
            throw .storage("the pages of a file hold \(remaining) bytes too few")
        }
        chunks = try await service.references(of: page, isKept: isKept)[...]
        while let chunk = chunks.first, UInt64(chunk.size) <= toSkip {
            toSkip -= UInt64(chunk.size)
            chunks.removeFirst()
        }
    }
}
