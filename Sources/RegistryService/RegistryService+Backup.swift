import Chunking
package import Models
import Registry
import Replication
import Storage

/// What a backup takes: the state as of one moment, and the bytes its versions name.
extension RegistryService {
    /// The state of this node as of now.
    package func stateReader() async throws(ServiceError) -> StateReader {
        let store = parts.store
        return StateReader(
            service: self, view: try await onThreads { () throws(StorageError) in try StateView(store) })
    }

    /// A page of some file as it is stored, and the chunks it lists. What this node lacks is passed on, not kept.
    package func page(_ reference: PageReference) async throws(ServiceError) -> (
        page: [UInt8], chunks: [ChunkReference]
    ) {
        let references = try await references(of: reference, isKept: false)
        return (ChunkPage(references: references).canonicalBytes, references)
    }

    /// The bytes of chunks one after another, each checked against its name.
    package func bytes(of chunks: ArraySlice<ChunkReference>) async throws(ServiceError) -> [UInt8] {
        try await bytes(ofChunks: chunks.map(\.id), isKept: false).flatMap { $0 }
    }
}

/// A state going out piece by piece. One owner calls `next` until it is nil.
package final class StateReader {
    /// Bytes of a piece.
    private static let pieceBytes = 1 << 20

    private let service: RegistryService
    private let view: StateView
    private var after: [UInt8] = []
    private var isAtEnd = false

    init(service: RegistryService, view: StateView) {
        self.service = service
        self.view = view
    }

    /// The index the state is applied through.
    package var index: UInt64 { view.index }

    /// The next piece of the state, or nil at its end.
    package func next() async throws(ServiceError) -> [UInt8]? {
        guard !isAtEnd else { return nil }
        let (view, after) = (view, after)
        let page = try await service.onThreads { () throws(StorageError) in
            try view.page(after: after, maximumBytes: Self.pieceBytes)
        }
        self.after = page.records.last?.key ?? after
        isAtEnd = page.isLast
        return page.canonicalBytes
    }
}
