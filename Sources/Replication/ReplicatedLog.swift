package import Consensus
import Models
package import Storage
import Synchronization

/// The Raft log and hard state in `Space.log`: what this node has promised and must still know after a crash.
///
/// Keys: `0x00` holds the hard state; `0x01` followed by the big-endian index holds an entry.
/// It has one writer, the replica's turn; reads may come from any thread.
package final class ReplicatedLog: LogReader {
    fileprivate struct Bounds {
        var first: LogIndex = 1
        var last: LogIndex = 0
        /// The newest entries, `last` at the end: what is sent to followers and applied is nearly always among them.
        var recent: [Entry] = []
        var recentBytes = 0
    }

    /// Bytes of entries kept in memory: a few windows of commands, small beside the 80 MB a node may take.
    private static let recentBytesLimit = 4 << 20

    private let store: any KeyValueStore
    private let bounds: Mutex<Bounds>

    /// Opens the log in `store`, empty or as the last run left it.
    package init(store: any KeyValueStore) throws(StorageError) {
        self.store = store
        var found = Bounds()
        let range = KeyRange(prefix: [Self.entryPrefix])
        if let first = try store.records(in: range, of: .log, limit: 1, reversed: false).first,
            let last = try store.records(in: range, of: .log, limit: 1, reversed: true).first
        {
            found.first = try Self.index(ofKey: first.key)
            found.last = try Self.index(ofKey: last.key)
        }
        bounds = Mutex(found)
    }

    /// The index of the oldest entry kept; 1 in a fresh log.
    package var firstIndex: LogIndex { bounds.withLock(\.first) }

    /// The index of the newest entry; 0 in a fresh log.
    package var lastIndex: LogIndex { bounds.withLock(\.last) }

    /// Term and vote as last written; term 0 and no vote in a fresh log.
    package func hardState() throws(StorageError) -> HardState {
        guard let bytes = try store.value(for: Self.hardStateKey, in: .log) else {
            return HardState(term: 0, vote: nil)
        }
        do { return try HardStateRecord(canonicalBytes: bytes).hardState } catch {
            throw .corrupted("the hard state cannot be decoded: \(error)")
        }
    }

    /// The term of the entry at `index`, or nil when it is not in the log.
    package func term(at index: LogIndex) throws(LogReadError) -> Term? {
        try entries(from: index, through: index, maximumBytes: 1).first?.term
    }

    /// Entries from `index` on, at least one when it exists, until `last` or about `maximumBytes` of data.
    package func entries(from index: LogIndex, through last: LogIndex, maximumBytes: Int) throws(LogReadError)
        -> [Entry]
    {
        if let cached = recent(from: index, through: last, maximumBytes: maximumBytes) { return cached }
        var found: [Entry] = []
        var bytes = 0
        var next = index
        while next <= last, bytes < maximumBytes || found.isEmpty {
            guard let entry = try read(next) else { break }
            bytes += entry.data.count
            found.append(entry)
            next += 1
        }
        return found
    }

    /// Adds to `batch` what makes `hardState` and `entries` durable; the first entry replaces whatever stood at its
    /// index and after. Call `appended(_:)` once the batch is on disk.
    package func append(_ entries: [Entry], hardState: HardState?, to batch: inout WriteBatch) {
        if let hardState {
            batch.put(HardStateRecord(hardState: hardState).canonicalBytes, for: Self.hardStateKey, in: .log)
        }
        guard let first = entries.first else { return }
        let last = lastIndex
        if first.index <= last {
            batch.deleteRange(from: Self.key(first.index), to: Self.key(last + 1), in: .log)
        }
        for entry in entries {
            batch.put(EntryRecord(entry: entry).canonicalBytes, for: Self.key(entry.index), in: .log)
        }
    }

    /// Takes note that `entries` are on disk.
    package func appended(_ entries: [Entry]) {
        guard let first = entries.first, let last = entries.last else { return }
        bounds.withLock { bounds in
            while let newest = bounds.recent.last, newest.index >= first.index {
                bounds.recentBytes -= newest.data.count
                bounds.recent.removeLast()
            }
            if let newest = bounds.recent.last, newest.index + 1 != first.index {
                (bounds.recent, bounds.recentBytes) = ([], 0)
            }
            bounds.recent.append(contentsOf: entries)
            bounds.recentBytes += entries.reduce(0) { $0 + $1.data.count }
            bounds.trim(to: Self.recentBytesLimit)
            bounds.last = last.index
        }
    }

    private func recent(from index: LogIndex, through last: LogIndex, maximumBytes: Int) -> [Entry]? {
        bounds.withLock { bounds in
            guard let oldest = bounds.recent.first?.index, index >= oldest, index <= bounds.last else { return nil }
            var found: [Entry] = []
            var bytes = 0
            for entry in bounds.recent[Int(index - oldest)...] where entry.index <= last {
                if bytes >= maximumBytes, !found.isEmpty { break }
                bytes += entry.data.count
                found.append(entry)
            }
            return found
        }
    }

    private func read(_ index: LogIndex) throws(LogReadError) -> Entry? {
        do {
            guard let bytes = try store.value(for: Self.key(index), in: .log) else { return nil }
            return try EntryRecord(canonicalBytes: bytes).entry
        } catch {
            throw .unavailable(index: index, reason: "\(error)")
        }
    }

    private static let hardStateKey: [UInt8] = [0x00]
    private static let entryPrefix: UInt8 = 0x01

    private static func key(_ index: LogIndex) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.write(entryPrefix)
        writer.write(index)
        return writer.bytes
    }

    private static func index(ofKey key: [UInt8]) throws(StorageError) -> LogIndex {
        var reader = CanonicalReader(Array(key.dropFirst()))
        do {
            let index = try reader.readInteger(UInt64.self)
            try reader.finish()
            return index
        } catch {
            throw .corrupted("a key of the log is not an index: \(key)")
        }
    }
}

extension ReplicatedLog.Bounds {
    /// Drops the oldest half when the cache is over its limit: seldom, so cheap on average.
    fileprivate mutating func trim(to limit: Int) {
        let countLimit = 16_384
        guard recentBytes > limit || recent.count > countLimit else { return }
        while recentBytes > limit / 2 || recent.count > countLimit / 2, recent.count > 1 {
            let dropped = recent.prefix(max(1, recent.count / 4))
            recentBytes -= dropped.reduce(0) { $0 + $1.data.count }
            recent.removeFirst(dropped.count)
        }
    }
}

/// A hard state as stored.
private struct HardStateRecord: CanonicalCodable {
    let hardState: HardState

    init(hardState: HardState) { self.hardState = hardState }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(hardState.term)
        writer.write(hardState.vote) { $0.write($1.rawValue) }
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "hard state", known: 1...1)
        let term = try reader.readInteger(UInt64.self)
        let vote = try reader.readOptional { (reader) throws(CanonicalError) in MemberID(try reader.readInteger()) }
        hardState = HardState(term: term, vote: vote)
    }
}

/// A log entry as stored and as sent.
struct EntryRecord: CanonicalCodable {
    let entry: Entry

    init(entry: Entry) { self.entry = entry }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(entry.term)
        writer.write(entry.index)
        writer.write(entry.kind.rawValue)
        writer.write(entry.data)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "log entry", known: 1...1)
        let term = try reader.readInteger(UInt64.self)
        let index = try reader.readInteger(UInt64.self)
        let code = try reader.readInteger(UInt8.self)
        guard let kind = Entry.Kind(rawValue: code) else { throw .invalid("\(code) is not a kind of entry") }
        entry = Entry(term: term, index: index, kind: kind, data: try reader.readBytes())
    }
}
