package import Consensus
package import Models
package import Storage
import Synchronization

/// The Raft log and hard state in `Space.log`: what this node has promised and must still know after a crash.
///
/// Keys: `0x00` holds the hard state; `0x01` followed by the big-endian index holds an entry; `0x02` holds index and
/// term of the entry before the oldest that is kept, once there is one: the log is empty before it, and the state holds
/// what was there. It has one writer, the replica's turn; reads may come from any thread.
package final class ReplicatedLog: LogReader {
    fileprivate struct Bounds {
        /// The entry before the oldest that is kept.
        var base = LogOrigin(index: 0, term: 0)
        var last: LogIndex = 0
        /// The newest entries, `last` at the end: what is sent to followers and applied is nearly always among them.
        var recent: [Entry] = []
        var recentBytes = 0
        /// The newest entry of each piece of about `pieceBytes`, oldest first, of what was written since the start.
        var pieces: [LogIndex] = []
        /// Bytes after the last piece.
        var pieceBytes = 0
    }

    /// Bytes of entries kept in memory: a few windows of commands, small beside the 80 MB a node may take.
    private static let recentBytesLimit = 4 << 20

    /// Bytes by which the log's size is measured.
    private static let pieceBytes = 1 << 20

    private let store: any KeyValueStore
    private let bounds: Mutex<Bounds>

    /// Opens the log in `store`, empty or as the last run left it.
    package init(store: any KeyValueStore) throws(StorageError) {
        self.store = store
        var found = Bounds()
        if let bytes = try store.value(for: Self.baseKey, in: .log) {
            do { found.base = try LogOrigin(canonicalBytes: bytes) } catch {
                throw .corrupted("where the log begins cannot be decoded: \(error)")
            }
        }
        found.last = found.base.index
        let range = KeyRange(prefix: [Self.entryPrefix])
        if let last = try store.records(in: range, of: .log, limit: 1, reversed: true).first {
            found.last = try Self.index(ofKey: last.key)
        }
        guard found.last >= found.base.index else {
            throw .corrupted("the log begins after \(found.base.index) and ends at \(found.last)")
        }
        bounds = Mutex(found)
    }

    /// The index of the oldest entry kept; 1 in a fresh log.
    package var firstIndex: LogIndex { bounds.withLock { $0.base.index + 1 } }

    /// The index of the newest entry, or of the one before the oldest when none is kept; 0 in a fresh log.
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
        let base = bounds.withLock(\.base)
        guard index > base.index else { return index == base.index ? base.term : nil }
        return try entries(from: index, through: index, maximumBytes: 1).first?.term
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
            bounds.pieces.removeAll { $0 >= first.index }
            bounds.pieceBytes += entries.reduce(0) { $0 + $1.data.count }
            if bounds.pieceBytes >= Self.pieceBytes {
                bounds.pieces.append(last.index)
                bounds.pieceBytes = 0
            }
        }
    }

    /// Through where the log may be cut so that about `bytes` and at most `entries` entries of what is `applied` stay;
    /// nil while that is not worth a write: it is cut when there is twice as much.
    package func excess(applied: LogIndex, bytes: Int, entries: Int) -> LogIndex? {
        bounds.withLock { bounds in
            guard applied > bounds.base.index else { return nil }
            if Int(applied - bounds.base.index) > 2 * entries { return applied - LogIndex(entries) }
            let kept = max(1, bytes / Self.pieceBytes)
            guard bounds.pieces.count > 2 * kept else { return nil }
            let pieces = bounds.pieces.prefix { $0 <= applied }
            return pieces.count > 2 * kept ? pieces[pieces.count - 1 - kept] : nil
        }
    }

    /// Adds to `batch` what drops the entries through `base`, which the state holds. Call `cut(at:)` once it is
    /// written.
    package func cut(at base: LogOrigin, in batch: inout WriteBatch) {
        batch.deleteRange(from: Self.key(firstIndex), to: Self.key(base.index + 1), in: .log)
        batch.put(base.canonicalBytes, for: Self.baseKey, in: .log)
    }

    /// Takes note that the log begins after `base`.
    package func cut(at base: LogOrigin) {
        bounds.withLock { bounds in
            bounds.base = base
            bounds.pieces.removeAll { $0 <= base.index }
            let dropped = bounds.recent.prefix { $0.index <= base.index }
            bounds.recentBytes -= dropped.reduce(0) { $0 + $1.data.count }
            bounds.recent.removeFirst(dropped.count)
        }
    }

    /// Adds to `batch` what drops every entry, for a state applied through `base` that takes their place. Call
    /// `reset(to:)` once it is written.
    package func reset(to base: LogOrigin, in batch: inout WriteBatch) {
        batch.deleteRange(from: Self.key(firstIndex), to: Self.key(lastIndex + 1), in: .log)
        batch.put(base.canonicalBytes, for: Self.baseKey, in: .log)
    }

    /// Takes note that the log is empty and begins after `base`.
    package func reset(to base: LogOrigin) { bounds.withLock { $0 = Bounds(base: base, last: base.index) } }

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
    private static let baseKey: [UInt8] = [0x02]

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

/// Where a log begins: the entry before the oldest that is kept. Zeros in a fresh log.
package struct LogOrigin: Hashable, Sendable, CanonicalCodable {
    /// The entry's index.
    package let index: LogIndex
    /// Its term.
    package let term: Term

    /// The entry of `term` at `index`.
    package init(index: LogIndex, term: Term) {
        self.index = index
        self.term = term
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(index)
        writer.write(term)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "log origin", known: 1...1)
        index = try reader.readInteger()
        term = try reader.readInteger()
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
