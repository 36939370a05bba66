/// Which membership holds from which entry on.
///
/// A membership takes effect where it is appended, not where it is committed (Raft §4.1), and is taken back when its
/// entry is cut off. So a member knows the newest committed one and every later one, of which there is at most one
/// more: a leader appends a change only when the one before is committed.
struct MembershipHistory: Sendable {
    private struct Version {
        let index: LogIndex
        let membership: Membership
    }

    /// Ascending; the first is committed, the last holds.
    private var versions: [Version]

    /// The membership of a state applied through `index`.
    init(_ membership: Membership, at index: LogIndex) { versions = [Version(index: index, membership: membership)] }

    /// The membership that holds.
    var current: Membership { versions[versions.count - 1].membership }

    /// The entry it came with.
    var currentIndex: LogIndex { versions[versions.count - 1].index }

    /// Whether `member` votes by the newest committed membership or by one after it: then it may be needed as a leader.
    ///
    /// > Raft §4.2.2: a server that is not part of its own latest configuration should still start new elections, as it might
    /// > still be needed until the Cnew entry is committed.
    func mayLead(_ member: MemberID) -> Bool { versions.contains { $0.membership.voters.contains(member) } }

    /// The entry at `index` brings `membership`.
    mutating func append(_ membership: Membership, at index: LogIndex) {
        precondition(index > currentIndex, "the membership of entry \(index) follows that of \(currentIndex)")
        versions.append(Version(index: index, membership: membership))
    }

    /// Takes note of the memberships that `entries` bring, at their own places (raft.md, scenario 1); what stood at the
    /// first one's place and after is gone.
    mutating func append(_ entries: [Entry]) throws(LogReadError) {
        guard let first = entries.first else { return }
        truncate(from: first.index)
        for entry in entries where entry.kind == .membership {
            guard let membership = Membership(bytes: entry.data) else {
                throw .unavailable(index: entry.index, reason: "it holds no membership")
            }
            append(membership, at: entry.index)
        }
    }

    /// Entries from `index` on were cut off.
    mutating func truncate(from index: LogIndex) {
        while versions.count > 1, currentIndex >= index { versions.removeLast() }
    }

    /// Everything through `index` is committed: what held before the newest committed one is of no interest any more.
    mutating func committed(through index: LogIndex) {
        while versions.count > 1, versions[1].index <= index { versions.removeFirst() }
    }
}

extension Membership {
    /// As an entry holds it: a version, the voters and the learners, each a count of 16 bits and numbers of 64,
    /// big-endian.
    package var bytes: [UInt8] {
        [1] + Self.bytes(of: voters) + Self.bytes(of: learners)
    }

    /// Reads `bytes`; nil when they are no membership, or one without voters.
    package init?(bytes: [UInt8]) {
        guard bytes.first == 1 else { return nil }
        var rest = bytes.dropFirst()
        guard let voters = Self.members(from: &rest), let learners = Self.members(from: &rest), rest.isEmpty,
            !voters.isEmpty, Set(voters + learners).count == voters.count + learners.count
        else { return nil }
        self.init(voters: voters, learners: learners)
    }

    private static func bytes(of members: [MemberID]) -> [UInt8] {
        members.reduce(into: [UInt8(members.count >> 8), UInt8(members.count & 0xFF)]) { bytes, member in
            bytes += stride(from: 56, through: 0, by: -8).map {
                UInt8(truncatingIfNeeded: member.rawValue >> UInt64($0))
            }
        }
    }

    private static func members(from rest: inout ArraySlice<UInt8>) -> [MemberID]? {
        guard rest.count >= 2 else { return nil }
        let count = Int(rest.removeFirst()) << 8 | Int(rest.removeFirst())
        guard rest.count >= 8 * count else { return nil }
        return (0..<count).map { _ in
            defer { rest = rest.dropFirst(8) }
            return MemberID(rest.prefix(8).reduce(0) { $0 << 8 | UInt64($1) })
        }
    }

    /// Whether one step leads from this membership to `next`: at most one voter more or less. Any majority of one then
    /// shares a member with any majority of the other.
    ///
    /// > Raft §4.1: only one server can be added or removed from the cluster at a time.
    package func isOneStep(to next: Membership) -> Bool {
        Set(voters).symmetricDifference(next.voters).count <= 1 && !next.voters.isEmpty
    }
}
