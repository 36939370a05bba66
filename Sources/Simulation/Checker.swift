import Consensus
import Models
import Registry
import Replication
import Storage

/// Something that must never be.
package struct Violation: Error, CustomStringConvertible {
    /// What was seen.
    package let description: String

    init(_ description: String) { self.description = description }
}

/// Holds a run against what must always be true (raft.md, section 5).
struct Checker {
    /// Who led each term.
    private(set) var leaders: [Term: MemberID] = [:]
    /// The state's hash at each index that a node stopped applying at.
    private var hashes: [LogIndex: StateHash] = [:]
    /// The term of each entry that a node has applied.
    private var terms: [LogIndex: Term] = [:]
    /// Writes whose clients have their outcome.
    private var acknowledgements: [UniqueID: (index: LogIndex, outcome: Outcome)] = [:]
    /// For each read that goes on: the newest index that was acknowledged when it began.
    private var reads: [UInt64: LogIndex] = [:]
    private var newestAcknowledged: LogIndex = 0
    private var nextRead: UInt64 = 0

    var writes: Int { acknowledgements.count }

    /// Election safety: at most one leader a term.
    mutating func leads(_ member: MemberID, _ leadership: Leadership) throws {
        guard leadership.role == .leader else { return }
        if let other = leaders[leadership.term], other != member {
            throw Violation("\(other) and \(member) both led term \(leadership.term)")
        }
        leaders[leadership.term] = member
    }

    /// State machine safety: equal indexes, equal states.
    mutating func applied(_ index: LogIndex, _ hash: StateHash) throws {
        if let other = hashes[index], other != hash {
            throw Violation("two states at index \(index): \(other) and \(hash)")
        }
        hashes[index] = hash
    }

    /// Log matching and leader completeness: an entry that was applied anywhere is never another one elsewhere.
    mutating func committed(_ entries: [(LogIndex, Term)]) throws {
        for (index, term) in entries {
            if let other = terms[index], other != term {
                throw Violation("the entry at index \(index) is of term \(other), and elsewhere of term \(term)")
            }
            terms[index] = term
        }
    }

    /// A command has one outcome, whoever tells it.
    mutating func acknowledged(_ id: UniqueID, _ index: LogIndex, _ outcome: Outcome) throws {
        if let known = acknowledgements[id], known.outcome != outcome {
            throw Violation("command \(id) has two outcomes: \(known.outcome) and \(outcome)")
        }
        if acknowledgements[id] == nil { acknowledgements[id] = (index, outcome) }
        newestAcknowledged = max(newestAcknowledged, index)
    }

    mutating func readBegins() -> UInt64 {
        nextRead += 1
        reads[nextRead] = newestAcknowledged
        return nextRead
    }

    func isWaiting(for read: UInt64) -> Bool { reads[read] != nil }

    /// Linearizability: a read sees every write that was acknowledged before it began.
    mutating func readAnswered(_ read: UInt64, _ index: LogIndex) throws {
        guard let needed = reads.removeValue(forKey: read) else { return }
        guard index >= needed else {
            throw Violation("a read was answered at \(index), after \(needed) had been acknowledged")
        }
    }

    mutating func readLost(_ read: UInt64) { reads[read] = nil }

    /// At the end: every acknowledged write is there with its outcome, audit records have no gaps, and the state's hash
    /// is what its records give.
    func holdsEverything(_ store: any KeyValueReader, _ member: MemberID, upTo applied: LogIndex) throws {
        let catalog = Catalog(store)
        for (id, known) in acknowledgements {
            let held = try catalog.outcome(of: id)
            guard held == known.outcome else {
                throw Violation(
                    "node \(member) holds \(String(describing: held)) of command \(id), and \(known.outcome) was "
                        + "acknowledged at \(known.index)")
            }
        }
        let count = try catalog.auditCount
        let records = try catalog.auditRecords(after: 0, limit: Int(count) + 1)
        guard records.map(\.sequence) == Array(1...max(1, count)).filter({ $0 <= count }) else {
            throw Violation("node \(member) has \(records.count) audit records, and counts \(count)")
        }
    }
}
