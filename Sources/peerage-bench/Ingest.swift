import Chunking
import Foundation
import Glibc
import Models
import Storage
import StoragePacks
import StorageRocksDB

/// Bytes taken in by this process alone: cut, named, hashed, made smaller and stored, without any line.
enum Ingest {
    private static let sliceBytes = 1 << 20
    private static let batchBytes = 8 << 20

    static func measure(bytes count: Int, in directory: URL, _ sha256: Double, _ report: inout Report) throws {
        let kinds: [(name: String, bytes: () -> [UInt8], goal: Double?)] = [
            ("incompressible", { Noise.bytes(count) }, 0.30),
            ("weights in bf16", { Tensors.weights(bytes: count) }, nil),
        ]
        for (number, kind) in kinds.enumerated() {
            let (perCore, stored) = try run(kind.bytes(), in: directory.appending(path: "\(number)"))
            let goal = kind.goal.map { " (goal \($0))" } ?? ""
            report.add(
                "ingest, \(kind.name), per core", perCore / 1e6, "MB/s", ratio: perCore / sha256, to: "SHA-256\(goal)")
            report.add("ingest, \(kind.name), stored", stored / Double(count), "of its bytes")
        }
    }

    private static func run(_ bytes: [UInt8], in directory: URL) throws -> (perCore: Double, stored: Double) {
        let packs = directory.appending(path: "packs")
        try FileManager.default.createDirectory(at: packs, withIntermediateDirectories: true)
        let index = try RocksDBStore(directory: directory.appending(path: "index").path)
        defer { index.close() }
        let store = try PackStore(directory: packs.path, index: index, codec: ChunkCodec())
        let used = BenchProcess.processorSeconds(of: getpid())
        var chunker = FileChunker()
        var (batch, count): ([(key: ChunkKey, bytes: [UInt8])], Int) = ([], 0)
        func take(_ output: ChunkerOutput) throws {
            switch output {
            case .chunk(let chunk, let bytes): batch.append((ChunkKey(chunk.id.bytes), bytes))
            case .page(let page, let bytes): batch.append((ChunkKey(page.id.bytes), bytes))
            }
            count += batch.last?.bytes.count ?? 0
            guard count >= batchBytes else { return }
            try store.write(batch, durability: .deferred)
            (batch, count) = ([], 0)
        }
        for start in stride(from: 0, to: bytes.count, by: sliceBytes) {
            try chunker.append(bytes[start..<min(start + sliceBytes, bytes.count)], emit: take)
        }
        _ = try chunker.finish(emit: take)
        try store.write(batch, durability: .deferred)
        try store.secure()
        let spent = BenchProcess.processorSeconds(of: getpid()) - used
        return (Double(bytes.count) / max(spent, 1e-9), Double(try store.bytesOnDisk))
    }
}
