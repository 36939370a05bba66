import Chunking
import Foundation
import Storage
import StoragePacks
import Synchronization
import Testing

/// Packs at an object store that fails and loses what it holds.
@Suite("Packs at an object store")
struct PackObjectsTests {
    private final class Site: Sendable {
        let directory: TemporaryDirectory
        let index = MemoryStore()
        let objects = MemoryObjectStore()
        private let damage = Mutex<[ChunkKey]>([])

        init() throws { directory = try TemporaryDirectory() }

        var damaged: [ChunkKey] { damage.withLock { $0 } }

        func open(keptBytes: Int? = 0, packBytes: Int = 10_000) throws -> PackStore {
            try PackStore(
                directory: directory.path, index: index, codec: ChunkCodec(),
                objects: PackObjects(store: objects, keptBytes: keptBytes, packBytes: packBytes)
            ) { key, _ in self.damage.withLock { $0.append(key) } }
        }

        var localPacks: Int { get throws { try directory.files(endingWith: ".pack").count } }
    }

    private func key(_ number: Int) -> ChunkKey {
        ChunkKey((0..<32).map { UInt8(truncatingIfNeeded: $0 < 8 ? number >> (8 * $0) : $0) })
    }

    private func content(_ number: Int) -> [UInt8] {
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<6_000).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    /// Each chunk fills a pack; the last one's is not full as long as nothing follows it.
    private func write(_ numbers: Range<Int>, to chunks: PackStore) throws {
        for number in numbers { try chunks.write([(key(number), content(number))], durability: .synced) }
    }

    @Test("Full packs go there, leave the disk, and are read from there, also after a crash")
    func moving() throws {
        let site = try Site()
        let chunks = try site.open()
        try write(0..<6, to: chunks)
        #expect(try chunks.moveObjects() == 5)
        #expect(try chunks.moveObjects() == 0)
        #expect(site.objects.objects.keys.sorted() == (1...5).map { "0000000\($0).pack" })
        #expect(try site.localPacks == 1)
        let note = try site.index.value(for: Array("remote pack".utf8) + [0, 0, 0, 0, 0, 0, 0, 1], in: .local)
        #expect(note == [0, 0, 0, 0, 0, 0, 0x17, 0x70])
        site.index.crash()
        let reopened = try site.open()
        #expect(reopened.remoteCount == 5)
        for number in 0..<6 { #expect(try reopened.read(key(number)) == content(number)) }
        #expect(try reopened.moveObjects() == 1)
    }

    @Test("The disk keeps what was read last, and what is read on to comes back to it")
    func cache() throws {
        let site = try Site()
        // Four chunks a pack.
        let chunks = try site.open(keptBytes: 50_000, packBytes: 25_000)
        try write(0..<14, to: chunks)
        for number in 0..<4 { #expect(try chunks.read(key(number)) == content(number)) }
        #expect(try chunks.moveObjects() == 3)
        // One that is not full, and the one that was read.
        #expect(try site.localPacks == 2)
        #expect(try chunks.read(key(0)) == content(0))
        #expect(site.objects.reads == 3, "each pack's last byte, when it was sent")
        // In no order, as whoever looks through everything.
        for number in [7, 11, 6, 10, 5, 9, 4, 8] { #expect(try chunks.read(key(number)) == content(number)) }
        #expect(try chunks.moveObjects() == 0)
        for number in 4..<8 { #expect(try chunks.read(key(number)) == content(number)) }
        // It takes the place of another.
        #expect(try chunks.moveObjects() == 1)
        let reads = site.objects.reads
        for number in 4..<8 { #expect(try chunks.read(key(number)) == content(number)) }
        #expect(site.objects.reads == reads)
        #expect(try site.localPacks == 2)
    }

    @Test("Who reads on is read ahead for, and who reads here and there is not")
    func readingAhead() throws {
        let site = try Site()
        let chunks = try site.open(packBytes: 100_000)
        try write(0..<40, to: chunks)
        #expect(try chunks.moveObjects() == 2)
        let before = site.objects.reads
        for number in 0..<16 { #expect(try chunks.read(key(number)) == content(number)) }
        #expect(site.objects.reads == before + 2)
        for number in [31, 20, 25, 18] { #expect(try chunks.read(key(number)) == content(number)) }
        #expect(site.objects.reads == before + 6)
    }

    @Test("A pack that cannot be sent leaves the others alone")
    func refused() throws {
        let site = try Site()
        let chunks = try site.open()
        try write(0..<5, to: chunks)
        site.objects.refuse("00000002.pack")
        #expect(throws: StorageError.unreachable("it is refused")) { try chunks.moveObjects() }
        #expect(site.objects.objects.count == 3)
        #expect(try site.localPacks == 2)
        for number in 0..<5 { #expect(try chunks.read(key(number)) == content(number)) }
    }

    @Test("Packs of another size than the noted one are not taken for ours, and another place is refused")
    func places() throws {
        let site = try Site()
        let chunks = try site.open()
        try chunks.checkPlace("here")
        try write(0..<4, to: chunks)
        try chunks.moveObjects()
        try chunks.checkPlace("here")
        // Moved with all it holds.
        try chunks.checkPlace("there")
        let objects = site.objects.objects
        for name in objects.keys { site.objects.lose(name) }
        #expect(throws: StorageError.self) { try chunks.checkPlace("elsewhere") }
        for (name, bytes) in objects { try site.objects.put(name, bytes) }
        try chunks.checkPlace("elsewhere")
    }

    @Test("What cannot be reached is not forgotten, and what is lost is")
    func trouble() throws {
        let site = try Site()
        let chunks = try site.open()
        try write(0..<4, to: chunks)
        site.objects.fail(with: .unreachable("503"))
        #expect(throws: StorageError.unreachable("503")) { try chunks.moveObjects() }
        #expect(try chunks.read(key(0)) == content(0))
        site.objects.fail(with: nil)
        try chunks.moveObjects()
        site.objects.fail(with: .unreachable("503"))
        #expect(throws: StorageError.unreachable("503")) { try chunks.read(key(0)) }
        #expect(try chunks.contains(key(0)))
        site.objects.fail(with: nil)
        #expect(try chunks.read(key(0)) == content(0))
        for name in site.objects.objects.keys { site.objects.lose(name) }
        let reopened = try site.open()
        #expect(try reopened.read(key(0)) == nil)
        #expect(site.damaged == [key(0)])
        try reopened.write([(key(0), content(0))], durability: .synced)
        #expect(try reopened.read(key(0)) == content(0))
    }

    @Test("Dead packs go there too, and what is left of mostly dead ones moves; objects that a crash left are removed")
    func reclaiming() throws {
        let site = try Site()
        let chunks = try site.open()
        try write(0..<6, to: chunks)
        try chunks.moveObjects()
        let first = try #require(site.objects.objects.keys.sorted().first)
        let lost = try #require(site.objects.objects[first])
        try chunks.remove((0..<3).map { key($0) })
        try chunks.reclaim()
        #expect(site.objects.objects.count == 2)
        for number in 3..<6 { #expect(try chunks.read(key(number)) == content(number)) }
        // As if the crash had come between noting and removing.
        try site.objects.put(first, lost)
        try chunks.reclaim()
        #expect(site.objects.objects[first] == nil)
        #expect(site.damaged.isEmpty)
    }

    @Test("Packs come back when the disk shall hold all, and then need no object store")
    func comingBack() throws {
        let site = try Site()
        let chunks = try site.open()
        try write(0..<6, to: chunks)
        try chunks.moveObjects()
        let back = try site.open(keptBytes: nil)
        let lost = try #require(site.objects.objects.keys.sorted().first)
        site.objects.lose(lost)
        #expect(try back.moveObjects() == 4)
        #expect(site.objects.objects.isEmpty)
        let alone = try PackStore(directory: site.directory.path, index: site.index, codec: ChunkCodec())
        #expect(alone.remoteCount == 0)
        #expect(try alone.read(key(0)) == nil)
        for number in 1..<6 { #expect(try alone.read(key(number)) == content(number)) }
    }

    @Test("Readers, writers and moves at once lose nothing")
    func concurrency() throws {
        let site = try Site()
        let chunks = try site.open(keptBytes: 20_000)
        try write(0..<20, to: chunks)
        let failures = Mutex(0)
        DispatchQueue.concurrentPerform(iterations: 6) { worker in
            do {
                for round in 0..<40 {
                    switch worker {
                    case 0: try chunks.moveObjects()
                    case 1: try chunks.reclaim()
                    case 2: try write(20 + round..<21 + round, to: chunks)
                    default:
                        let number = (round * 7 + worker) % 20
                        if try chunks.read(key(number)) != content(number) { failures.withLock { $0 += 1 } }
                    }
                }
            } catch {
                Issue.record("worker \(worker): \(error)")
            }
        }
        #expect(failures.withLock { $0 } == 0)
        for number in 0..<60 { #expect(try chunks.read(key(number)) == content(number)) }
        #expect(site.damaged.isEmpty)
    }
}
