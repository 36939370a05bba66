package import Storage
import Synchronization

/// How packs go to the object store and come back.
///
/// A pack that is full, or half full and gains nothing any more, is sent as one object; then the index notes that it is there, and from then on the disk may lose its
/// file: those read longest ago go first. So a crash leaves a pack in both places at most, or an object that nothing notes,
/// which is removed later. Receipts are given for what is on the disk, and do not wait for any of this.
extension PackStore {
    /// Sends packs that are full, and removes from the disk what it shall not hold; or brings packs back when it shall
    /// hold all. Returns how many packs moved. Other calls go on meanwhile, and what cannot move leaves the others alone:
    /// the first problem is thrown in the end.
    /// - Parameter mayGoOn: asked before each pack; when it says no, what is left is left to the next call.
    @discardableResult
    package func moveObjects(while mayGoOn: () -> Bool = { true }) throws(StorageError) -> Int {
        guard let objects else { return 0 }
        var (count, problem): (Int, StorageError?) = (0, nil)
        func attempt(_ body: () throws(StorageError) -> Bool) {
            do throws(StorageError) {
                count += try reclaiming.withLock { _ throws(StorageError) in try body() } ? 1 : 0
            } catch {
                problem = problem ?? error
            }
        }
        if let keptBytes = objects.keptBytes {
            for number in try fullPacks() where mayGoOn() {
                attempt { () throws(StorageError) in
                    // What is sent first was not read longest ago: it goes now only when there is no room.
                    if PackFile.shortage(in: directory) != nil { try removeLocal(keeping: keptBytes) }
                    return try send(number)
                }
            }
            let remote = state.withLock { $0.remote }
            for number in remotePacks?.takeWanted(remote) ?? [] where mayGoOn() && keptBytes > 0 {
                attempt { () throws(StorageError) in
                    let isHere = try bringBack(number)
                    state.withLock { $0.readAt[number] = $0.reads }
                    try removeLocal(keeping: keptBytes)
                    return isHere
                }
            }
            attempt { () throws(StorageError) in
                try removeLocal(keeping: keptBytes)
                return false
            }
        } else {
            for number in state.withLock({ $0.remote.keys.sorted() }) where mayGoOn() {
                attempt { () throws(StorageError) in
                    guard try bringBack(number) else { return false }
                    try forgetObject(number)
                    return true
                }
            }
        }
        if let problem { throw problem }
        return count
    }

    /// Packs that are to be sent. Small ones are brought together first, and those of another time taken apart, by `reclaim`.
    private func fullPacks() throws(StorageError) -> [UInt64] {
        let (known, busy, remote, capacity) = state.withLock { ($0.nextPack, $0.busy, $0.remote, $0.capacity) }
        return try PackFile.all(in: directory).filter { number, size in
            size * 2 >= capacity && size <= capacity * 2 && number < known && !busy.contains(number)
                && remote[number] == nil
        }.keys.sorted()
    }

    private func send(_ number: UInt64) throws(StorageError) -> Bool {
        // It may have been reclaimed meanwhile.
        guard let objects, let file = try PackFile.open(number, in: directory) else { return false }
        let (name, bytes) = (RemotePacks.name(number), try file.readAll())
        try objects.store.put(name, bytes)
        // What cannot be read back is not there.
        guard try objects.store.read(name, bytes.count - 1..<bytes.count, of: bytes.count) == bytes.suffix(1) else {
            throw .unreachable("an object that was just stored cannot be read")
        }
        var batch = WriteBatch()
        batch.put(PackPlace.bytes(of: UInt64(bytes.count)), for: Self.remoteKey(number), in: .local)
        try index.write(batch, synced: true)
        state.withLock { $0.remote[number] = bytes.count }
        return true
    }

    private func removeLocal(keeping keptBytes: Int) throws(StorageError) {
        let local = try PackFile.all(in: directory)
        let (remote, readAt) = state.withLock { ($0.remote, $0.readAt) }
        var total = local.values.reduce(0, +)
        let removable = local.keys.filter { remote[$0] != nil }
        for number in removable.sorted(by: { (readAt[$0] ?? 0, $0) < (readAt[$1] ?? 0, $1) }) where total > keptBytes {
            state.withLock { state in
                // Whoever keeps it open keeps its room.
                state.leaving.insert(number)
                state.readers[number] = nil
            }
            try PackFile.remove(number, in: directory)
            total -= local[number] ?? 0
        }
    }

    /// Makes the pack's file again. Returns whether it is on the disk; one whose object is gone is noted no more, so that its
    /// chunks are missed and fetched from peers.
    private func bringBack(_ number: UInt64) throws(StorageError) -> Bool {
        if try PackFile.open(number, in: directory) != nil { return true }
        guard let objects, let size = state.withLock({ $0.remote[number] }) else { return false }
        if let shortage = PackFile.shortage(in: directory) { throw shortage }
        guard let bytes = try objects.store.read(RemotePacks.name(number), 0..<size, of: size), bytes.count == size
        else {
            try forgetNote(number)
            return false
        }
        try PackFile.install(number, bytes, in: directory)
        state.withLock { _ = $0.leaving.remove(number) }
        return true
    }

    private func forgetNote(_ number: UInt64) throws(StorageError) {
        var batch = WriteBatch()
        batch.delete(Self.remoteKey(number), in: .local)
        try index.write(batch, synced: true)
        state.withLock { $0.remote[number] = nil }
    }

    /// The pack is not at the object store any more; its object goes too, now or when orphans are looked for.
    func forgetObject(_ number: UInt64) throws(StorageError) {
        try forgetNote(number)
        do throws(StorageError) { try objects?.store.remove(RemotePacks.name(number)) } catch {
            guard case .unreachable = error else { throw error }
        }
    }

    /// Removes objects that a crash left: of packs that are nowhere noted and not on the disk either. A listing that is
    /// behind names some that are gone, which harms nobody.
    func removeOrphans() throws(StorageError) {
        guard let objects else { return }
        let local = try PackFile.all(in: directory)
        for name in try objects.store.names("") {
            guard let number = RemotePacks.number(of: name) else { continue }
            let isOrphan = state.withLock { $0.remote[number] == nil && number < $0.nextPack } && local[number] == nil
            if isOrphan { try objects.store.remove(name) }
        }
    }

    /// The packs that the index notes at the object store, and how many bytes each has.
    static func remotePacks(in index: any KeyValueStore) throws(StorageError) -> [UInt64: Int] {
        var found: [UInt64: Int] = [:]
        try index.forEachRecord(in: KeyRange(prefix: remotePrefix), of: .local) { record in
            let number = record.key.dropFirst(remotePrefix.count).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            found[number] = record.value.reduce(0) { $0 << 8 | Int($1) }
        }
        return found
    }

    private static let remotePrefix = Array("remote pack".utf8)

    private static func remoteKey(_ number: UInt64) -> [UInt8] { remotePrefix + PackPlace.bytes(of: number) }
}

extension PackStore {
    /// Notes where the packs at the object store are: what is not found at another place is not gone. Throws when some lie at another place than `place`, unless one of them is found there too.
    package func checkPlace(_ place: String) throws(StorageError) {
        let noted = try index.value(for: Self.placeKey, in: .local)
        guard noted != Array(place.utf8) else { return }
        if let noted, let (number, size) = state.withLock({ $0.remote.max { $0.key < $1.key } }) {
            let name = RemotePacks.name(number)
            guard try objects?.store.read(name, size - 1..<size, of: size) != nil else {
                throw .incompatible(
                    "its packs lie at \(String(decoding: noted, as: UTF8.self)), and are not at \(place). Copy them there first, or name "
                        + "the object store that has them")
            }
        }
        var batch = WriteBatch()
        batch.put(Array(place.utf8), for: Self.placeKey, in: .local)
        try index.write(batch, synced: true)
    }

    private static let placeKey = Array("place of remote packs".utf8)
}

extension PackStore.State {
    /// Packs that may gain chunks still, or have some that are not secured.
    var busy: Set<UInt64> {
        lanes.values.reduce(into: Set(writers.keys)) { busy, open in
            busy.formUnion(open.unsynced.keys)
            if let file = open.file { busy.insert(file.number) }
        }
    }
}
