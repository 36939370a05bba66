import Testing

@testable import Replication

@Suite("Commands that wait")
struct ProposalsTests {
    private let one = commandID(1)
    private let two = commandID(2)

    private func waiting(deadline: UInt64 = 1_000) -> Proposals {
        var proposals = Proposals()
        proposals.add(one, bytes: [1], deadline: deadline)
        proposals.add(two, bytes: [2], deadline: deadline)
        return proposals
    }

    @Test("a silent leader elsewhere is asked again, each time after twice as long")
    func resend() {
        var (proposals, asked): (Proposals, [UInt64]) = (waiting(), [])
        for now in UInt64(0)..<800 {
            #expect(proposals.expire(now: now).isEmpty)
            guard !proposals.waiting.isEmpty else { continue }
            #expect(proposals.waiting == [[1], [2]])
            asked.append(now)
            proposals.handedOver(now: now, toSelf: false)
        }
        #expect(asked == [0, 100, 300, 700])
    }

    @Test("what is in this leader's own log is not proposed a second time while it leads")
    func once() {
        var proposals = waiting()
        proposals.handedOver(now: 0, toSelf: true)
        for now in UInt64(0)..<999 { #expect(proposals.expire(now: now).isEmpty && proposals.waiting.isEmpty) }
        proposals.leaderChanged()
        #expect(proposals.waiting == [[1], [2]])
    }

    @Test("a command that got no outcome says as much as is known")
    func failures() {
        var sent = waiting(deadline: 5)
        sent.handedOver(now: 0, toSelf: false)
        #expect(sent.expire(now: 5).map(\.failure) == [.unknownOutcome, .unknownOutcome])
        var turnedAway = waiting(deadline: 5)
        turnedAway.turnedAway()
        #expect(turnedAway.expire(now: 5).map(\.failure) == [.overloaded, .overloaded])
        var alone = waiting(deadline: 5)
        #expect(alone.expire(now: 4).isEmpty)
        #expect(alone.expire(now: 5).map(\.failure) == [.noLeader, .noLeader])
        #expect(alone.waiting.isEmpty)
    }
}
