import Models
import Peering
import Storage
import Testing

@testable import RegistryService

@Suite("What is kept, and what is not")
struct CollectingTests {
    private func hash(_ number: UInt64) -> [UInt8] {
        // As evenly spread as a hash.
        (0..<4).flatMap { part -> [UInt8] in
            var word = (number &+ UInt64(part) &* 0x5851_F42D_4C95_7F2D) &* 0x9E37_79B9_7F4A_7C15
            word = (word ^ (word >> 29)) &* 0xBF58_476D_1CE4_E5B9
            word ^= word >> 32
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
        }
    }

    @Test("A filter knows every member, and takes few strangers for one; other ones with another salt")
    func filter() {
        var strangers: [Set<UInt64>] = []
        for salt: UInt64 in [1, 2] {
            var filter = BloomFilter(capacity: 10_000, salt: salt)
            for number in 0..<10_000 as Range<UInt64> { filter.insert(hash(number)) }
            #expect((0..<10_000 as Range<UInt64>).allSatisfy { filter.contains(hash($0)) })
            strangers.append(Set((10_000..<30_000 as Range<UInt64>).filter { filter.contains(hash($0)) }))
        }
        #expect(strangers.allSatisfy { $0.count < 20_000 / 50 })
        #expect(strangers[0].intersection(strangers[1]).count < 40)
    }

    @Test("An empty filter has no members")
    func emptyFilter() {
        let filter = BloomFilter(capacity: 0, salt: 7)
        #expect(!(0..<1_000 as Range<UInt64>).contains { filter.contains(hash($0)) })
    }

    @Test("An upload holds its chunks until their page names them, and nothing once it is over")
    func leases() {
        let uploads = OpenUploads()
        let (chunks, page) = ((0..<4).map { ChunkKey(hash($0)) }, PageReference(id: ChunkID(bytes: hash(9)), size: 20))
        do {
            let lease = uploads.open()
            for chunk in chunks.prefix(2) { lease.hold(chunk) }
            lease.hold(ChunkKey(page.id.bytes))
            lease.hold(chunks[2])
            #expect(uploads.held.map(\.keys) == [chunks.prefix(2) + [ChunkKey(page.id.bytes), chunks[2]]])
            lease.hold(page)
            lease.hold(chunks[3])
            #expect(uploads.held.map(\.pages) == [[page]])
            #expect(uploads.held.map(\.keys) == [[chunks[2], chunks[3]]])
            let other = uploads.open()
            other.hold(chunks[0])
            #expect(uploads.held.count == 2)
            withExtendedLifetime((lease, other)) {}
        }
        #expect(uploads.held.isEmpty)
    }

    @Test("A staged file is read as this build and the one before wrote it")
    func stagedFile() throws {
        let file = StagedFile(
            project: try ProjectName("p"), principal: try PrincipalName("me"), sha256: Digest(of: []), size: 5,
            pages: [],
            holders: [1, 3], securedAt: Timestamp(milliseconds: 258), securedIndex: 259)
        let digest = Digest(of: []).bytes
        let shared =
            [0, 0, 0, 1, 112, 0, 0, 0, 2, 109, 101] + digest + [0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 2]
            + [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3]
        let time: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 1, 2]
        #expect(file.canonicalBytes == [3] + shared + time + [0, 0, 0, 0, 0, 0, 1, 3])
        var old = file
        old.securedIndex = 0
        #expect(try StagedFile(canonicalBytes: [2] + shared + time) == old)
        old.securedAt = nil
        #expect(try StagedFile(canonicalBytes: [1] + shared) == old)
        #expect(try StagedFile(canonicalBytes: file.canonicalBytes) == file)
    }

    @Test("Staged files are all found, and each can be removed")
    func stagedFiles() throws {
        let store = MemoryStore()
        let files = try (0..<1_500).map {
            StagedFile(
                project: try ProjectName("p"), principal: try PrincipalName("me"),
                sha256: Digest(of: [UInt8($0 % 256), UInt8($0 / 256)]),
                size: 5, pages: [], holders: [1], securedAt: Timestamp(milliseconds: 0), securedIndex: 0)
        }
        for file in files { try file.save(in: store) }
        #expect(Set(try StagedFile.all(in: store)) == Set(files))
        for file in files.dropFirst() { try file.replace(by: nil, in: store) }
        #expect(try StagedFile.all(in: store) == [files[0]])
        // One that was renewed meanwhile stays.
        var renewed = files[0]
        renewed.securedAt = Timestamp(milliseconds: 9)
        try renewed.save(in: store)
        try files[0].replace(by: nil, in: store)
        #expect(try StagedFile.all(in: store) == [renewed])
    }

    @Test("Who registers a file is sure of the others, however long ago each of them noted it")
    func ages() throws {
        let keeping = Keeping(interval: nil, staged: .seconds(800))
        var file = StagedFile(
            project: try ProjectName("p"), principal: try PrincipalName("me"), sha256: Digest(of: []), size: 5,
            pages: [],
            holders: [1, 2], securedAt: Timestamp(milliseconds: 1_000_000), securedIndex: 0)
        func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_000_000 + seconds * 1_000) }
        #expect([0, 99, 100, 101].map { file.isTrusted(keeping, at: at($0)) } == [true, true, false, false])
        #expect([0, 699, 700].map { file.isUsable(keeping, at: at($0)) } == [true, true, false])
        // Of a clock that was wrong.
        #expect(!file.isTrusted(keeping, at: at(-1)))
        // Whoever is asked at the end of use is relied on no longer than the record is kept.
        #expect(keeping.usable + keeping.trusted == keeping.staged)
        file.securedAt = nil
        #expect(!file.isTrusted(keeping, at: at(0)) && file.isUsable(keeping, at: at(0)))
    }

    @Test("Everything is looked through when something was lost, is missing, or may be missing, and not otherwise")
    func shortfall() throws {
        let shortfall = Shortfall()
        #expect(shortfall.count == nil)
        shortfall.end(try #require(shortfall.look(losses: 0)))
        #expect(shortfall.count == 0)
        #expect(shortfall.look(losses: 0) == nil)
        shortfall.begin("a/b:1")
        #expect(shortfall.count == 1)
        #expect(shortfall.look(losses: 0) != nil)
        shortfall.end("a/b:1")
        #expect(shortfall.look(losses: 0) == nil)
        let look = try #require(shortfall.look(losses: 1))
        // A rule changes while everything is looked through: what was seen before counts no more.
        shortfall.forget()
        shortfall.end(look)
        #expect(shortfall.count == nil)
        shortfall.end(try #require(shortfall.look(losses: 1)))
        #expect(shortfall.look(losses: 1) == nil)
    }

    @Test("What was received of a file is found from its start, page by page, and forgotten")
    func receivedPages() throws {
        let store = MemoryStore()
        func file(_ size: UInt64) throws -> AnnouncedFile {
            AnnouncedFile(
                project: try ProjectName("p"), principal: try PrincipalName("me"), sha256: Digest(of: []), size: size)
        }
        func page(_ number: UInt64) -> PageReference {
            PageReference(id: ChunkID(bytes: hash(number)), size: number + 1)
        }
        let (one, other) = (try file(1_000), try file(2_000))
        let now = Timestamp(milliseconds: 7)
        for index in [2, 0, 1, 4] as [UInt64] {
            try ReceivedPages.add(ReceivedPage(file: one, index: index, page: page(index)), at: now, to: store)
        }
        try ReceivedPages.add(ReceivedPage(file: other, index: 1, page: page(9)), at: now, to: store)
        let first = try #require(store.records(in: KeyRange(prefix: []), of: .local, limit: 1, reversed: false).first)
        let name = [1, 0, 0, 0, 1, 112, 0, 0, 0, 2, 109, 101] + Digest(of: []).bytes + [0, 0, 0, 0, 0, 0, 3, 232]
        #expect(first.key == Array("received".utf8) + name + [0, 0, 0, 0, 0, 0, 0, 0])
        #expect(first.value == [1] + hash(0) + [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7])
        #expect(try ReceivedPages.find(one, in: store) == [page(0), page(1), page(2)])
        #expect(try ReceivedPages.find(other, in: store).isEmpty)
        let all = try ReceivedPages.all(in: store)
        #expect(all.map(\.file) == [one, one, one, one, other])
        #expect(Set(all.map(\.receivedAt)) == [now])
        try ReceivedPages.forget(one, pages: 5, in: store)
        #expect(try ReceivedPages.all(in: store).map(\.page) == [page(9)])
        try ReceivedPages.forget(try #require(ReceivedPages.all(in: store).first), in: store)
        #expect(try ReceivedPages.all(in: store).isEmpty)
    }

    @Test("A round of reading through is found again, and its chunks fall due evenly")
    func scrubRound() throws {
        let store = MemoryStore()
        #expect(try ScrubRound.find(in: store) == nil)
        var round = ScrubRound(begun: Timestamp(milliseconds: 1_000))
        #expect(round.due(.seconds(100)) == round.begun)
        round.last = ChunkKey([0x80] + [UInt8](repeating: 0, count: 31))
        (round.read, round.damaged, round.healed) = (5, 2, 1)
        try round.save(in: store)
        #expect(try ScrubRound.find(in: store) == round)
        #expect(round.due(.seconds(100)).milliseconds == 51_000)
        #expect(
            round.canonicalBytes
                == [1, 0, 0, 0, 0, 0, 0, 3, 232, 1, 0x80] + [UInt8](repeating: 0, count: 31)
                + [5, 2, 1].flatMap { [0, 0, 0, 0, 0, 0, 0, $0] })
    }
}
