import Consensus
import Replication
import Storage

/// A defect put in on purpose, to know that the simulator would find it.
package enum Mutation: String, CaseIterable, Sendable {
    /// Nothing is ever synced.
    case skipSync = "skip-sync"
    /// Term and vote are not kept.
    case forgetVote = "forget-vote"
    /// A log that conflicts with the leader's is said to match.
    case acknowledgeUnmatched = "acknowledge-unmatched"
    /// Everyone who asks gets a vote.
    case voteTwice = "vote-twice"
    /// A node answers reads from what it has, without asking whether it still leads.
    case readWithoutQuorum = "read-without-quorum"

    /// What a node with the defect says instead.
    func alter(_ message: PeerMessage) -> PeerMessage {
        guard case .consensus(let message) = message else { return message }
        let body: Message.Body
        switch (self, message.body) {
        case (.acknowledgeUnmatched, .appendRejected(let previousIndex, _, _)):
            body = .appendAccepted(matched: previousIndex)
        case (.voteTwice, .voteReply): body = .voteReply(granted: true)
        default: return .consensus(message)
        }
        return .consensus(
            Message(cluster: message.cluster, from: message.from, to: message.to, term: message.term, body: body))
    }
}

/// A store with a defect.
struct MutatedStore: KeyValueStore {
    let store: MemoryStore
    let mutation: Mutation

    func value(for key: [UInt8], in space: Space) throws(StorageError) -> [UInt8]? {
        try store.value(for: key, in: space)
    }

    func records(in range: KeyRange, of space: Space, limit: Int, reversed: Bool) throws(StorageError) -> [KeyValue] {
        try store.records(in: range, of: space, limit: limit, reversed: reversed)
    }

    func write(_ batch: WriteBatch, synced: Bool) throws(StorageError) {
        guard mutation == .forgetVote else { return try store.write(batch, synced: synced && mutation != .skipSync) }
        var kept = WriteBatch()
        for operation in batch.operations {
            switch operation {
            case .put(.log, key: [0x00], value: _): continue
            case .put(let space, let key, let value): kept.put(value, for: key, in: space)
            case .delete(let space, let key): kept.delete(key, in: space)
            case .deleteRange(let space, let lower, let upper): kept.deleteRange(from: lower, to: upper, in: space)
            case .exchangeStates: kept.exchangeStates()
            }
        }
        try store.write(kept, synced: synced)
    }

    func snapshot() throws(StorageError) -> any KeyValueReader { try store.snapshot() }
}
