import Chunking
import Foundation
import Storage
import StoragePacks
import Synchronization
import Testing

/// Chunks in packs, with an index in memory that can lose what was not synced.
@Suite("Packs")
struct PackStoreTests {
    /// A directory of packs and their index, opened again as often as a test likes.
    private final class Disk: Sendable {
        let directory: TemporaryDirectory
        let index = MemoryStore()
        private let damage = Mutex<[ChunkKey]>([])

        init() throws { directory = try TemporaryDirectory() }

        var damaged: [ChunkKey] { damage.withLock { $0 } }

        func open() throws -> PackStore {
            try PackStore(directory: directory.path, index: index, codec: ChunkCodec()) { key, _ in
                self.damage.withLock { $0.append(key) }
            }
        }

        var packs: [String] { get throws { try directory.files(endingWith: ".pack") } }
    }

    private func key(_ number: Int) -> ChunkKey {
        ChunkKey((0..<32).map { UInt8(truncatingIfNeeded: $0 < 8 ? number >> (8 * $0) : $0) })
    }

    /// Bytes that do not compress, other ones for each number.
    private func content(_ number: Int, _ count: Int = 5_000) -> [UInt8] {
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 | 1
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    @Test("After a crash every secured chunk is there, and no other one")
    func crash() throws {
        let disk = try Disk()
        let chunks = try disk.open()
        try chunks.write([(key(1), content(1)), (key(2), [])], durability: .deferred)
        try chunks.secure()
        try chunks.write([(key(3), content(3))], durability: .deferred)
        try chunks.write([(key(4), content(4))], durability: .synced)
        disk.index.crash()
        let reopened = try disk.open()
        #expect(try reopened.read(key(1)) == content(1))
        #expect(try reopened.read(key(2)) == [])
        #expect(try !reopened.contains(key(3)))
        #expect(try reopened.read(key(4)) == content(4))
        try reopened.write([(key(3), content(3))], durability: .synced)
        #expect(try reopened.read(key(3)) == content(3))
        #expect(disk.damaged.isEmpty)
    }

    @Test("A chunk that another wrote and did not secure is secured by who needs it")
    func synced() throws {
        let disk = try Disk()
        let chunks = try disk.open()
        try chunks.write([(key(1), content(1))], durability: .deferred)
        try chunks.write([(key(1), content(1))], durability: .synced)
        disk.index.crash()
        #expect(try disk.open().read(key(1)) == content(1))
    }

    @Test("While the index takes no write nothing is secured; afterwards all is")
    func fullDisk() throws {
        let disk = try Disk()
        let chunks = try disk.open()
        disk.index.fail(with: .full("simulated"))
        #expect(throws: StorageError.full("simulated")) {
            try chunks.write([(key(1), content(1))], durability: .synced)
        }
        #expect(throws: StorageError.full("simulated")) { try chunks.secure() }
        disk.index.fail(with: nil)
        try chunks.secure()
        disk.index.crash()
        #expect(try disk.open().read(key(1)) == content(1))
    }

    @Test("A chunk whose pack is cut short, gone, or undecodable is told of, and is not here any more")
    func damage() throws {
        let disk = try Disk()
        let chunks = try disk.open()
        let text = [UInt8](repeating: 65, count: 60_000)
        try chunks.write([(key(1), content(1)), (key(2), text), (key(3), content(3))], durability: .deferred)
        try chunks.secure()
        let path = try #require(try disk.packs.first)
        var bytes = try Data(contentsOf: URL(filePath: path))
        // The second chunk became smaller by far; its bytes begin after the first.
        #expect(bytes.count < 11_000)
        bytes[5_002] ^= 0xFF
        try bytes.dropLast(10).write(to: URL(filePath: path))
        let reopened = try disk.open()
        #expect(try reopened.read(key(1)) == content(1))
        #expect(try reopened.read(key(2)) == nil)
        #expect(try reopened.read(key(3)) == nil)
        #expect(disk.damaged == [key(2), key(3)])
        #expect(try reopened.keys(after: nil, limit: 9) == [key(1)])
        try FileManager.default.removeItem(atPath: path)
        let emptied = try disk.open()
        #expect(try emptied.read(key(1)) == nil)
        try emptied.write([(key(1), content(1))], durability: .synced)
        #expect(try emptied.read(key(1)) == content(1))
    }

    @Test("A chunk that was found damaged and is whole again meanwhile is not removed")
    func damagedOnce() throws {
        let disk = try Disk()
        let chunks = try disk.open()
        try chunks.write([(key(1), content(1))], durability: .synced)
        try chunks.removeDamaged(key(1), readAs: content(2))
        #expect(try chunks.read(key(1)) == content(1))
        try chunks.removeDamaged(key(1), readAs: content(1))
        #expect(try !chunks.contains(key(1)))
    }

    @Test("Chunks whose pack is gone are found out by reclaiming, and the number of that pack is not used again")
    func lostPack() throws {
        let disk = try Disk()
        try disk.open().write([(key(1), content(1))], durability: .synced)
        try disk.open().write([(key(2), content(2))], durability: .synced)
        let lost = try #require(try disk.packs.sorted().last)
        try FileManager.default.removeItem(atPath: lost)
        let chunks = try disk.open()
        try chunks.write([(key(3), content(3))], durability: .synced)
        #expect(try !disk.packs.contains(lost))
        #expect(try chunks.contains(key(2)))
        try chunks.reclaim()
        #expect(try chunks.keys(after: nil, limit: 9) == [key(1), key(3)])
        #expect(disk.damaged == [key(2)])
    }

    @Test("Packs of which nothing is left go first; who is told to stop leaves the rest, and loses nothing")
    func stopping() throws {
        let disk = try Disk()
        for number in 0..<3 { try disk.open().write([(key(number), content(number))], durability: .synced) }
        let chunks = try disk.open()
        try chunks.remove([key(0)])
        var looks = 0
        let freed = try chunks.reclaim {
            looks += 1
            return looks == 1
        }
        #expect(freed == 5_000)
        #expect(try disk.packs.count == 2)
        for number in 1..<3 { #expect(try disk.open().read(key(number)) == content(number)) }
    }

    @Test("The index's places are these bytes for ever, and the packs the chunks' own")
    func format() throws {
        let disk = try Disk()
        let chunks = try disk.open()
        try chunks.write([(key(1), content(1, 700)), (key(2), content(2, 300))], durability: .synced)
        let places = try (1...2).map { try #require(try disk.index.value(for: key($0).bytes, in: .chunks)) }
        let first: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 188, 0, 0, 2, 188, 0]
        let second: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 188, 0, 0, 1, 44, 0, 0, 1, 44, 0]
        #expect(places == [first, second])
        let path = try #require(try disk.packs.first)
        #expect(path.hasSuffix("/00000001.pack"))
        #expect(try Data(contentsOf: URL(filePath: path)) == Data(content(1, 700) + content(2, 300)))
        #expect(try disk.index.value(for: Array("newest pack".utf8), in: .local) == [0, 0, 0, 0, 0, 0, 0, 1])
    }

    @Test("The room of removed chunks comes back, and what is left can be read while it moves")
    func reclaiming() async throws {
        let disk = try Disk()
        let chunks = try disk.open()
        try chunks.write((0..<200).map { (key($0), content($0)) }, durability: .deferred)
        try chunks.secure()
        try chunks.remove((0..<200).filter { !$0.isMultiple(of: 10) }.map { key($0) })
        // The pack that is written to is left alone.
        #expect(try chunks.reclaim() == 0)
        let reopened = try disk.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let freed = try reopened.reclaim()
                #expect(freed == 180 * 5_000)
            }
            for number in stride(from: 0, to: 200, by: 10) {
                group.addTask {
                    let read = try reopened.read(key(number))
                    #expect(read == content(number))
                }
            }
            try await group.waitForAll()
        }
        for number in 0..<200 {
            #expect(try reopened.read(key(number)) == (number.isMultiple(of: 10) ? content(number) : nil))
        }
        #expect(try disk.packs.count == 1)
        disk.index.crash()
        let again = try disk.open()
        #expect(try again.read(key(10)) == content(10))
        // One pack that is small, but whole.
        #expect(try again.reclaim() == 0)
        #expect(disk.damaged.isEmpty)
    }

    @Test("What many starts leave in small packs comes together")
    func manyStarts() throws {
        let disk = try Disk()
        for number in 0..<10 { try disk.open().write([(key(number), content(number))], durability: .synced) }
        #expect(try disk.packs.count == 10)
        let chunks = try disk.open()
        #expect(try chunks.reclaim() == 0)
        #expect(try disk.packs.count == 1)
        for number in 0..<10 { #expect(try chunks.read(key(number)) == content(number)) }
    }

    @Test("Writers, readers, removers and a reclaimer at once lose nothing")
    func atOnce() async throws {
        let disk = try Disk()
        try disk.open().write((0..<100).map { (key($0), content($0)) }, durability: .synced)
        let chunks = try disk.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for number in 0..<100 {
                        let (kept, own) = (key(number), key(1_000 * (writer + 1) + number))
                        try chunks.write(
                            [(kept, content(number)), (own, content(number))],
                            durability: number.isMultiple(of: 2) ? .deferred : .synced)
                        #expect(try chunks.read(kept) == content(number))
                        if number.isMultiple(of: 3) { try chunks.remove([own]) }
                        if number.isMultiple(of: 10) { try chunks.secure() }
                    }
                }
            }
            group.addTask { for _ in 0..<10 { try chunks.reclaim() } }
            try await group.waitForAll()
        }
        try chunks.secure()
        disk.index.crash()
        let reopened = try disk.open()
        try reopened.reclaim()
        for number in 0..<100 {
            #expect(try reopened.read(key(number)) == content(number))
            for writer in 1...4 {
                let expected = number.isMultiple(of: 3) ? nil : content(number)
                #expect(try reopened.read(key(1_000 * writer + number)) == expected)
            }
        }
        #expect(disk.damaged.isEmpty)
    }
}
