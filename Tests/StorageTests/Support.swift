import Chunking
import Foundation
import Storage
import StoragePacks
import StorageRocksDB

/// A directory of one test, removed when it ends.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "peerage-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { print("\(path) is left behind: \(error)") }
    }

    /// What a crash of the process leaves: the files as they are now.
    func copyAfterCrash() throws -> TemporaryDirectory {
        let copy = try TemporaryDirectory()
        try FileManager.default.removeItem(atPath: copy.path)
        try FileManager.default.copyItem(atPath: path, toPath: copy.path)
        return copy
    }

    /// The files whose names end so, the newest last.
    func files(endingWith suffix: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(suffix) }.sorted()
            .map { path + "/" + $0 }
    }
}

/// The implementations of the ports: one suite is run by each.
enum Implementation: String, CaseIterable {
    case memory
    case rocksDB
    /// As `rocksDB`, but that chunks are at an object store as soon as may be.
    case objects

    /// Runs `body` with an empty store.
    func withStore(_ body: (any KeyValueStore) throws -> Void) throws {
        switch self {
        case .memory: try body(MemoryStore())
        case .rocksDB, .objects:
            let directory = try TemporaryDirectory()
            let store = try RocksDBStore(directory: directory.path)
            defer { store.close() }
            try body(store)
        }
    }

    /// Runs `body` with an empty chunk store.
    func withChunks(_ body: (any ChunkStore) throws -> Void) throws {
        switch self {
        case .memory: try body(MemoryChunkStore())
        case .rocksDB:
            let (directory, packs) = (try TemporaryDirectory(), try TemporaryDirectory())
            let store = try RocksDBStore(directory: directory.path)
            defer { store.close() }
            try body(try PackStore(directory: packs.path, index: store, codec: ChunkCodec()))
        case .objects:
            let (directory, packs) = (try TemporaryDirectory(), try TemporaryDirectory())
            let store = try RocksDBStore(directory: directory.path)
            defer { store.close() }
            let objects = PackObjects(store: MemoryObjectStore(), keptBytes: 0, packBytes: 1)
            try body(
                MovedChunks(
                    packs: try PackStore(directory: packs.path, index: store, codec: ChunkCodec(), objects: objects)))
        }
    }
}

/// Chunks whose packs are moved to the object store before each question.
private struct MovedChunks: ChunkStore {
    let packs: PackStore

    private func move() throws(StorageError) { try packs.moveObjects() }

    func contains(_ key: ChunkKey) throws(StorageError) -> Bool {
        try move()
        return try packs.contains(key)
    }

    func isPresent(_ key: ChunkKey) throws(StorageError) -> Bool {
        try move()
        return try packs.isPresent(key)
    }

    func read(_ key: ChunkKey) throws(StorageError) -> [UInt8]? {
        try move()
        return try packs.read(key)
    }

    func keys(after: ChunkKey?, limit: Int) throws(StorageError) -> [ChunkKey] {
        try move()
        return try packs.keys(after: after, limit: limit)
    }

    func reclaim(while mayGoOn: () -> Bool) throws(StorageError) -> Int {
        try move()
        return try packs.reclaim(while: mayGoOn)
    }

    func write(_ chunks: [(key: ChunkKey, bytes: [UInt8])], durability: ChunkDurability) throws(StorageError) {
        try packs.write(chunks, durability: durability)
    }

    func secure() throws(StorageError) { try packs.secure() }
    func remove(_ keys: [ChunkKey]) throws(StorageError) { try packs.remove(keys) }

    func removeDamaged(_ key: ChunkKey, readAs bytes: [UInt8]) throws(StorageError) {
        try packs.removeDamaged(key, readAs: bytes)
    }

    func beginSweep() { packs.beginSweep() }
    func sweep(_ keys: [ChunkKey]) throws(StorageError) -> Int { try packs.sweep(keys) }
    func endSweep() { packs.endSweep() }
    var refusal: StorageError? { packs.refusal }
    var losses: UInt64 { packs.losses }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func key(_ number: UInt8) -> ChunkKey { ChunkKey([UInt8](repeating: number, count: 32)) }

extension KeyValueStore {
    func put(_ text: String, at key: String, in space: Space = .state, synced: Bool = false) throws {
        var batch = WriteBatch()
        batch.put(bytes(text), for: bytes(key), in: space)
        try write(batch, synced: synced)
    }

    func text(at key: String, in space: Space = .state) throws -> String? {
        try value(for: bytes(key), in: space).map { String(decoding: $0, as: UTF8.self) }
    }
}
