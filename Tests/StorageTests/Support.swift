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

    /// Runs `body` with an empty store.
    func withStore(_ body: (any KeyValueStore) throws -> Void) throws {
        switch self {
        case .memory: try body(MemoryStore())
        case .rocksDB:
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
        }
    }
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
