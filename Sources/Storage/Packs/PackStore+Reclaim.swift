import Chunking
package import Storage
import Synchronization

/// How the room of removed chunks comes back.
extension PackStore {
    /// Moves what is left of packs that are mostly dead, or small, and removes those. Returns how many bytes were freed. Other
    /// calls go on meanwhile.
    @discardableResult
    package func reclaim() throws(StorageError) -> Int {
        let packs = try PackFile.all(in: directory)
        // Those that may still gain chunks stay.
        let busy = state.withLock { state in
            state.lanes.values.reduce(into: Set(state.writers.keys)) { busy, open in
                busy.formUnion(open.unsynced.keys)
                if let file = open.file { busy.insert(file.number) }
            }
        }
        let candidates = packs.filter { !busy.contains($0.key) }
        var live: [UInt64: Int] = [:]
        try forEachPlace { _, place in live[place.pack, default: 0] += place.count }
        let doomed = Self.worthMoving(candidates, live: live)
        var freed = 0
        var moving: [(key: ChunkKey, place: PackPlace)] = []
        var count = 0
        try forEachPlace { key, place throws(StorageError) in
            guard doomed.contains(place.pack) else { return }
            moving.append((key, place))
            count += place.count
            guard count >= Self.bytesPerMove else { return }
            try move(moving)
            (moving, count) = ([], 0)
        }
        try move(moving)
        try secure()
        for number in doomed {
            try PackFile.remove(number, in: directory)
            // Last: whoever has it open keeps its room.
            _ = state.withLock { $0.readers.removeValue(forKey: number) }
            freed += (packs[number] ?? 0) - (live[number] ?? 0)
        }
        return freed
    }

    /// Bytes that are moved together.
    private static let bytesPerMove = 8 << 20
    private static let placesPerRead = 1_024

    /// The packs of which less than half is alive, and those that are less than half full, unless there is one only.
    private static func worthMoving(_ packs: [UInt64: Int], live: [UInt64: Int]) -> Set<UInt64> {
        let dead = packs.filter { (live[$0.key] ?? 0) * 2 < $0.value || $0.value == 0 }
        let small = packs.filter { (live[$0.key] ?? 0) * 2 < PackFile.capacity }
        return Set(dead.keys).union(small.count > 1 ? Set(small.keys) : [])
    }

    private func forEachPlace(_ body: (ChunkKey, PackPlace) throws(StorageError) -> Void) throws(StorageError) {
        var lower: [UInt8] = []
        while true {
            let records = try index.records(
                in: KeyRange(lower: lower, upper: nil), of: .chunks, limit: Self.placesPerRead, reversed: false)
            for record in records { try body(ChunkKey(record.key), try PackPlace(record.value)) }
            guard let last = records.last, records.count == Self.placesPerRead else { return }
            lower = last.key + [0]
        }
    }

    /// Writes chunks once more, as they are kept; those that are still where they were lie there from now on.
    private func move(_ chunks: [(key: ChunkKey, place: PackPlace)]) throws(StorageError) {
        var (kept, from): ([(key: ChunkKey, chunk: CodedChunk)], [ChunkKey: PackPlace]) = ([], [:])
        for (key, place) in chunks {
            guard let bytes = try file(place.pack)?.read(place.count, at: place.offset) else {
                onDamage(key, "pack \(place.pack) does not hold \(place.count) bytes at \(place.offset)")
                try remove(key)
                continue
            }
            kept.append((key, CodedChunk(codec: place.codec, plainCount: place.plainCount, bytes: bytes)))
            from[key] = place
        }
        try put(kept, to: .deferred) { file, places throws(StorageError) in
            try indexing.withLock { _ throws(StorageError) in
                var moved: [ChunkKey: PackPlace] = [:]
                for (key, place) in places where try index.value(for: key.bytes, in: .chunks) == from[key]?.bytes {
                    moved[key] = place
                }
                state.withLock { $0.written(moved, to: file, in: .deferred) }
            }
        }
    }
}
