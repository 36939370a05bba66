import Models
import Storage
import Synchronization

/// The chunks of uploads that go on: no record names them yet, and yet they must stay.
final class OpenUploads: Sendable {
    /// What one upload has written.
    struct Held: Sendable {
        /// Pages whose chunks and own bytes are stored.
        var pages: [PageReference] = []
        /// Chunks and pages that are stored, or about to be, and are of none of `pages`, in order.
        var keys: [ChunkKey] = []
    }

    /// Of one upload, from its beginning until its file is staged or it is dropped.
    final class Lease: Sendable {
        private let owner: OpenUploads
        private let number: UInt64

        fileprivate init(_ owner: OpenUploads, _ number: UInt64) {
            self.owner = owner
            self.number = number
        }

        deinit { owner.state.withLock { _ = $0.uploads.removeValue(forKey: number) } }

        /// To be called before the chunk or page is looked for or written.
        func hold(_ key: ChunkKey) { owner.state.withLock { $0.uploads[number]?.keys.append(key) } }

        /// The page and its chunks are stored: it names them from now on.
        func hold(_ page: PageReference) {
            let key = ChunkKey(page.id.bytes)
            owner.state.withLock { state in
                state.uploads[number]?.pages.append(page)
                if let end = state.uploads[number]?.keys.firstIndex(of: key) {
                    state.uploads[number]?.keys.removeSubrange(...end)
                }
            }
        }
    }

    private struct State {
        var uploads: [UInt64: Held] = [:]
        var opened: UInt64 = 0
    }

    private let state = Mutex(State())

    /// An upload begins.
    func open() -> Lease {
        let number = state.withLock { state in
            state.opened += 1
            state.uploads[state.opened] = Held()
            return state.opened
        }
        return Lease(self, number)
    }

    /// What all of them hold.
    var held: [Held] { state.withLock { Array($0.uploads.values) } }
}
