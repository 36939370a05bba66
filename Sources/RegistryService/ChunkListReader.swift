import Chunking
import Models

/// The chunks of a version's files going out: what a client needs to tell which of its bytes are there already.
///
/// One owner calls `next` until it is nil.
package final class ChunkListReader {
    private let service: RegistryService
    private let isKept: Bool
    private var pages: ArraySlice<PageReference>

    init(service: RegistryService, files: [FileEntry], isKept: Bool) {
        self.service = service
        self.isKept = isKept
        pages = files.flatMap(\.pages)[...]
    }

    /// The canonical bytes of the next chunk references, in the order of the files: 36 bytes a chunk; nil at the end.
    package func next() async throws(ServiceError) -> [UInt8]? {
        guard let page = pages.popFirst() else { return nil }
        return try await service.references(of: page, isKept: isKept).flatMap(\.canonicalBytes)
    }
}
