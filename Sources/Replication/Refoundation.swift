import Consensus
import Models
package import Registry
package import Storage

/// Founds a cluster of one from what a store holds, while no replica runs over it.
package enum Refoundation {
    /// Applies what the log holds beyond the state: entries that may have been acknowledged, and may not. Returns how
    /// many.
    package static func applyLog(of store: any KeyValueStore) throws -> Int {
        let log = try ReplicatedLog(store: store)
        var next = try Catalog(store).applied().index + 1
        let first = next
        while next <= log.lastIndex {
            let entries = try log.entries(from: next, through: log.lastIndex, maximumBytes: 4 << 20)
            guard let last = entries.last else {
                throw ReplicaError.log(index: next, reason: "it is missing, and later ones are there")
            }
            var transaction = try StateTransaction(reader: store)
            for entry in entries { _ = try transaction.apply(entry) }
            var batch = WriteBatch()
            transaction.append(to: &batch)
            try store.write(batch, synced: false)
            next = last.index + 1
        }
        return Int(next - first)
    }

    /// Makes the state that of the cluster of one that `founding` says; the log begins after it. All in one synced
    /// write, with what `claim` adds for the new member: so it is done or not, and can be done again.
    package static func refound(
        _ founding: Refounding, in store: any KeyValueStore, claim: (ClusterMember) -> WriteBatch
    ) throws -> ClusterMember {
        let log = try ReplicatedLog(store: store)
        let term = try max(log.hardState().term, Catalog(store).applied().term)
        var transaction = try StateTransaction(reader: store)
        let member = try StateMachine.refound(founding, in: &transaction)
        var batch = WriteBatch()
        transaction.append(to: &batch)
        log.reset(to: LogOrigin(index: transaction.appliedIndex, term: transaction.appliedTerm), in: &batch)
        log.append([], hardState: HardState(term: term, vote: nil), to: &batch)
        batch.append(claim(member))
        try store.write(batch, synced: true)
        return member
    }
}

extension StateTransaction {
    /// Applies an entry of the log; returns what came of it when it holds a command.
    mutating func apply(_ entry: Entry) throws -> Applied? {
        switch entry.kind {
        case .noOperation:
            StateMachine.skip(index: entry.index, term: entry.term, in: &self)
            return nil
        case .membership:
            guard let membership = Membership(bytes: entry.data) else {
                throw LogReadError.unavailable(index: entry.index, reason: "it holds no membership")
            }
            try StateMachine.change(
                voters: membership.voters.map(\.rawValue), learners: membership.learners.map(\.rawValue),
                index: entry.index, term: entry.term, in: &self)
            return nil
        case .command:
            return try StateMachine.apply(entry.data, index: entry.index, term: entry.term, in: &self)
        }
    }
}
