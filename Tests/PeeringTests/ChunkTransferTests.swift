import Chunking
import Models
import Storage
import Testing

@testable import Peering

@Suite("Chunks between nodes")
struct ChunkTransferTests {
    @Test("a receipt means that every page and chunk is here, whole, and survives a crash")
    func receipt() async throws {
        try await withSites(2) { sites, _ in
            try await reach(2, from: sites[0])
            let request = try sites[0].keep(noise(3_000_000))
            let receipt = try await sites[0].network.secure(request, at: 2, deadline: .seconds(60))
            #expect(receipt.member == 2)
            sites[1].chunks.crash()
            #expect(try sites[1].held == sites[0].held)
            for key in try sites[0].held { #expect(try sites[1].chunks.read(key) == sites[0].chunks.read(key)) }
            #expect(sites[1].staged == [request])
        }
    }

    @Test("a second receipt for the same bytes moves none of them again")
    func idempotent() async throws {
        try await withSites(2) { sites, _ in
            try await reach(2, from: sites[0])
            let request = try sites[0].keep(noise(400_000))
            _ = try await sites[0].network.secure(request, at: 2, deadline: .seconds(60))
            let fetched = try sites[1].network.statistics.chunksFetched
            _ = try await sites[0].network.secure(request, at: 2, deadline: .seconds(60))
            #expect(try sites[1].network.statistics.chunksFetched == fetched)
        }
    }

    @Test("what one member sends damaged or does not have comes from another")
    func healed() async throws {
        try await withSites(3) { sites, _ in
            let bytes = noise(600_000)
            let request = try sites[0].keep(bytes)
            _ = try sites[1].keep(bytes)
            let keys = try sites[0].held
            sites[0].chunks.damage(keys[0])
            try sites[0].chunks.remove([keys[1]])
            try await reach(1, from: sites[2])
            try await reach(2, from: sites[2])
            try await sites[2].network.transfer.ensure(pages: request.pages, from: [1, 2], for: .client)
            for key in keys { #expect(try sites[2].chunks.read(key) == sites[1].chunks.read(key)) }
            #expect(try sites[2].network.statistics.chunksDamaged == 1)
        }
    }

    @Test("chunks that nobody has whole are named, and none of them is kept")
    func unavailable() async throws {
        try await withSites(2) { sites, _ in
            _ = try sites[0].keep(noise(5_000))
            let keys = try sites[0].held
            keys.forEach(sites[0].chunks.damage)
            try await reach(1, from: sites[1])
            let network = try sites[1].network
            do throws(PeerError) {
                try await network.transfer.fetch(keys, from: [1], for: .client)
                Issue.record("damaged chunks were taken")
            } catch {
                guard case .unavailable(let missing, let reasons) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(Set(missing) == Set(keys.map { ChunkID(bytes: $0.bytes) }))
                #expect(reasons == ["member 1 lacks \(keys.count) of them"])
            }
            #expect(try sites[1].held.isEmpty)
        }
    }

    @Test("many readers that want the same chunks fetch them once")
    func singleFlight() async throws {
        try await withSites(2) { sites, _ in
            let request = try sites[0].keep(noise(2_000_000))
            try await reach(1, from: sites[1])
            let transfer = try sites[1].network.transfer
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await transfer.ensure(pages: request.pages, from: [1], for: .background) }
                }
                try await group.waitForAll()
            }
            #expect(try sites[1].held == sites[0].held)
            #expect(try Int(sites[1].network.statistics.chunksFetched) == sites[0].held.count)
        }
    }

    @Test("what a client waits for does not wait for what is fetched in the background")
    func clientFirst() async throws {
        try await withSites(2) { sites, _ in
            let large = try (0..<4).map { try sites[0].keep(noise(12_000_000, seed: UInt64($0 + 2))) }
            let inBackground = try sites[0].held.count
            let small = try sites[0].keep(noise(10_000))
            try await reach(1, from: sites[1])
            let network = try sites[1].network
            try await withThrowingTaskGroup(of: Void.self) { group in
                for request in large {
                    group.addTask {
                        try await network.transfer.ensure(pages: request.pages, from: [1], for: .background)
                    }
                }
                while network.statistics.chunksFetched == 0 { await Task.yield() }
                try await network.transfer.ensure(pages: small.pages, from: [1], for: .client)
                #expect(Int(network.statistics.chunksFetched) < inBackground)
                try await group.waitForAll()
            }
            #expect(try sites[1].held == sites[0].held)
        }
    }

    @Test("a full disk gives no receipt: the peer's reason comes back, and the file is not remembered")
    func fullDisk() async throws {
        try await withSites(2) { sites, _ in
            try await reach(2, from: sites[0])
            let request = try sites[0].keep(noise(100_000))
            sites[1].chunks.fail(with: .full("no space left"))
            let network = try sites[0].network
            do throws(PeerError) {
                _ = try await network.secure(request, at: 2, deadline: .seconds(60))
                Issue.record("a receipt was given")
            } catch {
                guard case .refused(let reason) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(reason.contains("no space left"))
            }
            #expect(sites[1].staged.isEmpty)
            sites[1].chunks.fail(with: nil)
            _ = try await network.secure(request, at: 2, deadline: .seconds(60))
        }
    }

    @Test("pages that do not add up to the file get no receipt")
    func lies() async throws {
        try await withSites(2) { sites, _ in
            try await reach(2, from: sites[0])
            let honest = try sites[0].keep(noise(100_000))
            let lie = SecureRequest(
                project: honest.project, principal: honest.principal, sha256: honest.sha256, size: honest.size + 1,
                pages: honest.pages, source: 1)
            let network = try sites[0].network
            await #expect(throws: PeerError.self) { try await network.secure(lie, at: 2, deadline: .seconds(60)) }
            #expect(sites[1].staged.isEmpty)
        }
    }
}
