import Models
import Storage
import Synchronization
import Testing

@testable import Peering

@Suite("Files handed over between nodes")
struct HandoverTests {
    private func file(_ name: String, size: Int) throws -> AnnouncedFile {
        AnnouncedFile(
            project: try ProjectName(name), principal: try PrincipalName("ann"), sha256: Digest(of: []),
            size: UInt64(size))
    }

    @Test("a file arrives whole, in pieces of any size, and the receipts come back")
    func whole() async throws {
        try await withSites(2) { sites, _ in
            try await reach(2, from: sites[0])
            let content = noise(12_000_000)
            let file = try file("acme", size: content.count)
            let sender = try await sites[0].network.handOver(file, to: [2])
            var start = 0
            for size in [1, 0, 70_000, 3_000_000, 8_000_000, content.count] where start < content.count {
                let end = min(start + size, content.count)
                try await sender.append(Array(content[start..<end]))
                start = end
            }
            let handedOver = try await sender.finish()
            #expect(handedOver.holders == [2])
            #expect(sites[1].takenOver.withLock { $0[file] } == content)
        }
    }

    @Test("who does not keep the project is passed over; when nobody does, all of them say why")
    func refusal() async throws {
        try await withSites(3) { sites, _ in
            for member: UInt64 in [2, 3] { try await reach(member, from: sites[0]) }
            let file = try file("acme", size: 3)
            sites[1].foreign.withLock { _ = $0.insert(file.project) }
            let sender = try await sites[0].network.handOver(file, to: [2, 3])
            try await sender.append([1, 2, 3])
            #expect(try await sender.finish().holders == [3])
            sites[2].foreign.withLock { _ = $0.insert(file.project) }
            let network = try sites[0].network
            do {
                _ = try await network.handOver(file, to: [2, 3])
                Issue.record("nobody keeps it, and somebody took it")
            } catch {
                #expect("\(error)".ranges(of: "it does not keep acme").count == 2)
            }
        }
    }

    @Test("files that are given up leave room for others")
    func dropped() async throws {
        var limits = Site.limits
        limits.handoversInProgress = 2
        try await withSites(2, limits: limits) { sites, _ in
            try await reach(2, from: sites[0])
            for number in 0..<20 {
                let file = try file("acme-\(number)", size: 10)
                while true {
                    // Probe: the one before may not have been given up there yet.
                    guard let sender = try? await sites[0].network.handOver(file, to: [2]) else { continue }
                    try await sender.append([7])
                    break
                }
            }
            #expect(sites[1].takenOver.withLock { $0.isEmpty })
        }
    }

    @Test("a file whose taker goes away fails, and does not hang")
    func lost() async throws {
        try await withSites(2) { sites, _ in
            try await reach(2, from: sites[0])
            let sender = try await sites[0].network.handOver(try file("acme", size: 1 << 30), to: [2])
            try await sender.append(noise(100_000))
            try await sites[1].network.shutdown()
            await #expect(throws: PeerError.self) {
                while true { try await sender.append(noise(1_000_000)) }
            }
        }
    }

    @Test("pages that came in are told with their file, and not to who does not keep it")
    func received() async throws {
        try await withSites(2) { sites, _ in
            try await reach(2, from: sites[0])
            let request = try sites[0].keep(noise(300_000))
            let (kept, foreign) = (try file("acme", size: 300_000), try file("else", size: 300_000))
            sites[1].foreign.withLock { _ = $0.insert(foreign.project) }
            for file in [foreign, kept] {
                try sites[0].network.announce(ReceivedPage(file: file, index: 0, page: request.pages[0]), to: 2)
            }
            while sites[1].receivedPages.withLock({ $0.isEmpty }) { await Task.yield() }
            #expect(sites[1].receivedPages.withLock { $0.map(\.file) } == [kept])
            #expect(try sites[1].held == sites[0].held)
        }
    }

    @Test("a node tells the time by its own clock")
    func clock() async throws {
        try await withSites(2) { sites, _ in
            try await reach(2, from: sites[0])
            let time = try await sites[0].network.clock(of: 2, deadline: .seconds(60))
            #expect(time == Timestamp(milliseconds: 2))
        }
    }

    @Test("what a node holds is asked in parts, and summed up")
    func inventory() async throws {
        var limits = Site.limits
        limits.pagesPerInventory = 2
        try await withSites(2, limits: limits) { sites, _ in
            try await reach(2, from: sites[0])
            let pages = (1...5).map { PageReference(id: ChunkID(bytes: [UInt8](repeating: $0, count: 32)), size: 9) }
            let request = InventoryRequest(pages: pages, isReliedOn: true)
            let inventory = try await sites[0].network.inventory(request, at: 2, deadline: .seconds(60))
            #expect(inventory.totalBytes == 45)
            #expect(inventory.isWhole)
        }
    }
}
