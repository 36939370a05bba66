import Consensus
import Models
import Registry
import Replication
import Testing

@Suite("Messages between replicas")
struct PeerMessageTests {
    static let bodies: [Message.Body] = [
        .preVoteRequest(lastIndex: 1, lastTerm: 2), .preVoteReply(granted: true),
        .voteRequest(lastIndex: 1, lastTerm: 2, isTransfer: true), .voteReply(granted: false),
        .append(
            previousIndex: 3, previousTerm: 2, entries: [Entry(term: 2, index: 4, kind: .command, data: [1, 2, 3])],
            commit: 3),
        .appendAccepted(matched: 4), .appendRejected(previousIndex: 9, hintIndex: 4, hintTerm: 2),
        .heartbeat(commit: 4, round: 7), .heartbeatReply(round: 7), .staleTerm, .timeoutNow, .readRequest(id: 5),
        .readReply(id: 5, index: 4),
    ]

    @Test("Every kind of message survives its bytes", arguments: bodies)
    func roundTrip(body: Message.Body) throws {
        let message = Message(cluster: stamp, from: MemberID(1), to: MemberID(2), term: 3, body: body)
        let bytes = PeerMessage.consensus(message).canonicalBytes
        guard case .consensus(let decoded) = try PeerMessage(canonicalBytes: bytes) else {
            Issue.record("a consensus message came back as something else")
            return
        }
        #expect(decoded == message)
        for length in 0..<bytes.count {
            #expect(throws: CanonicalError.self) { try PeerMessage(canonicalBytes: Array(bytes[..<length])) }
        }
    }

    @Test("The bytes of version 1 are these for ever")
    func goldenBytes() {
        let message = Message(
            cluster: stamp, from: MemberID(1), to: MemberID(2), term: 3, body: .heartbeat(commit: 4, round: 5))
        let expected =
            "01" + "01" + "0000000000000001" + "0000000000000002" + "0000000000000001" + "0000000000000002"
            + "0000000000000003" + "08" + "0000000000000004" + "0000000000000005"
        #expect(Hexadecimal.encode(PeerMessage.consensus(message).canonicalBytes) == expected)
        #expect(
            Hexadecimal.encode(PeerMessage.proposals([[7]]).canonicalBytes) == "0102" + "00000001" + "00000001" + "07")
    }
}
