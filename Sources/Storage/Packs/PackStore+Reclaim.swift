import Chunking
package import Storage
import Synchronization

/// How the room of removed chunks comes back.
extension PackStore {
    /// Removes packs that hold nothing any more, and moves what is left of those that are mostly dead, or small.
    /// Forgets chunks whose packs are gone. Returns how many bytes were freed. Other calls go on meanwhile.
    /// - Parameter mayGoOn: asked often; when it says no, what is left is left to the next call.
    @discardableResult
    package func reclaim(while mayGoOn: () -> Bool = { true }) throws(StorageError) -> Int {
        try reclaiming.withLock { _ throws(StorageError) in
            var freed = 0
            // What could not be read: tried again by the next call.
            var stuck: Set<UInt64> = []
            while let survey = try survey(mayGoOn) {
                let dead = survey.packs.filter { (survey.live[$0.key] ?? 0) == 0 }
                for (number, size) in dead {
                    try unlink(number)
                    freed += size
                }
                let doomed = survey.worthMoving.subtracting(stuck)
                guard !doomed.isEmpty else { break }
                let left = try clear(doomed, mayGoOn)
                guard let left else { break }
                for number in doomed.subtracting(left) {
                    try unlink(number)
                    freed += (survey.packs[number] ?? 0) - (survey.live[number] ?? 0)
                }
                stuck.formUnion(left)
            }
            if mayGoOn() {
                do throws(StorageError) { try removeOrphans() } catch {
                    // Another time.
                    guard case .unreachable = error else { throw error }
                }
            }
            return freed
        }
    }

    /// Bytes that are moved together.
    private static let bytesPerMove = 8 << 20
    private static let placesPerRead = 1_024

    /// The packs that gain no chunks any more, with their sizes, and how many bytes of each are alive.
    private struct Survey {
        var packs: [UInt64: Int]
        var live: [UInt64: Int] = [:]
        let capacity: Int

        /// Bytes that are moved before their packs are removed: so much room is needed.
        private static let bytesPerRound = 512 << 20

        /// Packs of which less than half is alive, and those that are less than half full, unless there is one only; as
        /// many as are moved in one round, the emptiest first.
        var worthMoving: Set<UInt64> {
            let living = packs.filter { (live[$0.key] ?? 0) > 0 }
            let mostlyDead = living.filter { (live[$0.key] ?? 0) * 2 < $0.value }
            let small = living.filter { (live[$0.key] ?? 0) * 2 < capacity }
            // Of a time when packs were larger: too large to be sent.
            let large = living.filter { $0.value > capacity * 2 }
            let all = Set(mostlyDead.keys).union(small.count > 1 ? Set(small.keys) : []).union(large.keys)
            var (round, bytes): (Set<UInt64>, Int) = ([], 0)
            for number in all.sorted(by: { (live[$0] ?? 0, $0) < (live[$1] ?? 0, $1) }) {
                bytes += live[number] ?? 0
                guard round.isEmpty || bytes <= Self.bytesPerRound else { break }
                round.insert(number)
            }
            return round
        }
    }

    /// Looks through the index; nil when it shall not go on.
    private func survey(_ mayGoOn: () -> Bool) throws(StorageError) -> Survey? {
        // Before the packs are listed: those that may gain chunks, or are made later, are left alone.
        let (known, busy, remote, capacity) = state.withLock { ($0.nextPack, $0.busy, $0.remote, $0.capacity) }
        let present = try PackFile.all(in: directory).merging(remote) { local, _ in local }
        var survey = Survey(
            packs: present.filter { !busy.contains($0.key) && $0.key < known }, capacity: capacity)
        let isComplete = try forEachPlace(mayGoOn) { key, place throws(StorageError) in
            if place.pack < known, !busy.contains(place.pack), present[place.pack] == nil {
                // Asked once more, of the file itself: much would be forgotten.
                guard try PackFile.open(place.pack, in: directory) == nil else { return }
                return try forget(key, at: place, "its pack is gone")
            }
            if let size = survey.packs[place.pack], place.offset + place.count > size {
                return try forget(key, at: place, "its pack is shorter")
            }
            survey.live[place.pack, default: 0] += place.count
        }
        return isComplete ? survey : nil
    }

    /// Removes a pack that no place in the index names.
    private func unlink(_ number: UInt64) throws(StorageError) {
        let isRemote = state.withLock { state in
            state.removed.insert(number)
            state.readers[number] = nil
            return state.remote[number] != nil
        }
        if isRemote { try forgetObject(number) }
        try PackFile.remove(number, in: directory)
    }

    /// Returns whether it came to the end.
    private func forEachPlace(
        _ mayGoOn: () -> Bool, _ body: (ChunkKey, PackPlace) throws(StorageError) -> Void
    ) throws(StorageError) -> Bool {
        var lower: [UInt8] = []
        while mayGoOn() {
            let records = try index.records(
                in: KeyRange(lower: lower, upper: nil), of: .chunks, limit: Self.placesPerRead, reversed: false)
            for record in records { try body(ChunkKey(record.key), try PackPlace(record.value)) }
            guard let last = records.last, records.count == Self.placesPerRead else { return true }
            lower = last.key + [0]
        }
        return false
    }

    /// Moves what `packs` hold, and secures it. Returns those of which something could not be read; nil when it shall
    /// not go on.
    private func clear(_ packs: Set<UInt64>, _ mayGoOn: () -> Bool) throws(StorageError) -> Set<UInt64>? {
        var left: Set<UInt64> = []
        var moving: [(key: ChunkKey, place: PackPlace)] = []
        var count = 0
        let isComplete = try forEachPlace(mayGoOn) { key, place throws(StorageError) in
            guard packs.contains(place.pack) else { return }
            moving.append((key, place))
            count += place.count
            guard count >= Self.bytesPerMove else { return }
            left.formUnion(try move(moving))
            (moving, count) = ([], 0)
        }
        left.formUnion(try move(moving))
        return isComplete ? left : nil
    }

    /// Writes chunks once more, as they are kept, and secures them; those that are still where they were lie there from
    /// now on. Returns the packs of those that could not be read.
    private func move(_ chunks: [(key: ChunkKey, place: PackPlace)]) throws(StorageError) -> Set<UInt64> {
        var (kept, from): ([(key: ChunkKey, chunk: CodedChunk)], [ChunkKey: PackPlace]) = ([], [:])
        var left: Set<UInt64> = []
        for (key, place) in chunks {
            let found: PackFile.Found?
            do throws(StorageError) { found = try read(place) } catch {
                guard case .unreachable = error else { throw error }
                found = .unreadable
            }
            switch found {
            case .whole(let bytes):
                kept.append((key, CodedChunk(codec: place.codec, plainCount: place.plainCount, bytes: bytes)))
                from[key] = place
            case .unreadable: left.insert(place.pack)
            case .short, nil: try forget(key, at: place, "its pack is gone, or shorter")
            }
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
        try secure([.deferred])
        return left
    }
}
