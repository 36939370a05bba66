import Models
import NIOCore
import Testing

@testable import Peering

@Suite("Messages between nodes")
struct MessageTests {
    @Test("messages arrive whole, once, in the order they were sent, and say who sent them")
    func order() async throws {
        try await withSites(2) { sites, _ in
            try await reach(2, from: sites[0])
            let sent = (0..<500).map { number in noise(number * 7, seed: UInt64(number)) }
            var received: [Site.Message] = []
            // The first message that arrives says that the link for messages is up; what went before it may be dropped.
            let probe = try await firstMessage(from: sites[0], to: sites[1])
            #expect(probe == Site.Message(member: 1, bytes: [0xFF]))
            for batch in stride(from: 0, to: sent.count, by: 10) {
                try sites[0].network.send(Array(sent[batch..<batch + 10]), to: 2)
            }
            for await message in sites[1].messages {
                if message.bytes != [0xFF] { received.append(message) }
                if received.count == sent.count { break }
            }
            #expect(received == sent.map { Site.Message(member: 1, bytes: $0) })
        }
    }

    @Test("a message that a frame cannot carry is dropped and counted; those behind it arrive")
    func tooLong() async throws {
        var limits = Site.limits
        limits.frameBytes = 1 << 10
        try await withSites(2, limits: limits) { sites, _ in
            _ = try await firstMessage(from: sites[0], to: sites[1])
            let before = try sites[0].network.statistics
            try sites[0].network.send([[UInt8](repeating: 1, count: 2 << 10), [7]], to: 2)
            for await message in sites[1].messages {
                if message.bytes == [7] { break }
                #expect(message.bytes == [0xFF])
            }
            let after = try sites[0].network.statistics
            #expect(after.messagesDropped == before.messagesDropped + 1)
            #expect(after.linksOpened == before.linksOpened)
        }
    }

    @Test("a link comes back by itself when the peer does", .timeLimit(.minutes(1)))
    func redial() async throws {
        try await withSites(2) { sites, cluster in
            try await reach(2, from: sites[0])
            let port = try sites[1].address.port
            try await sites[1].network.shutdown()
            await #expect(throws: PeerError.self) { try await sites[0].askStatus(2) }
            try await sites[1].start(cluster, port: port)
            try sites[1].network.update(peers: [try sites[0].entry(cluster)], nextMember: 0)
            try await reach(2, from: sites[0])
            try await reach(1, from: sites[1])
            // The link for messages may come after the one that was asked.
            while try !sites[0].network.problems.isEmpty { await Task.yield() }
        }
    }

    @Test("a node that was removed is asked no more and let in no more, and is told that it was removed")
    func dismissed() async throws {
        try await withSites(2) { sites, _ in
            try await reach(1, from: sites[1])
            try sites[0].network.update(peers: [], nextMember: 3)
            #expect(try sites[0].network.members == [])
            let reason = try await refusal(of: 1, at: sites[1])
            guard case .turnedAway(.removed, _) = reason else {
                Issue.record("\(reason)")
                return
            }
            await #expect(throws: PeerError.unknownMember(2)) { try await sites[0].askStatus(2) }
        }
    }

    @Test("a node tells of itself when it is asked")
    func status() async throws {
        try await withSites(2) { sites, _ in
            try await reach(2, from: sites[0])
            #expect(try await sites[0].network.status(of: 2, deadline: .seconds(60)) == Site.status(2))
        }
    }

    /// Sends until something arrives.
    private func firstMessage(from sender: Site, to receiver: Site) async throws -> Site.Message? {
        while try receiver.network.statistics.messagesReceived == 0 {
            try sender.network.send([[0xFF]], to: receiver.member)
            _ = try await sender.network.status(of: receiver.member, deadline: .seconds(60))
        }
        return await receiver.messages.first { _ in true }
    }
}
