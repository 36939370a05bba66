/// The log as the core sees it: the newest entries in memory, those not yet on disk among them, the rest through the
/// reader.
struct LogWindow: Sendable {
    private let reader: any LogReader
    private let recentBytes: Int
    /// Consecutive entries up to the end of the log.
    private var recent: [Entry] = []
    private var bytes = 0
    /// The newest entry, on disk or not.
    private(set) var lastIndex: LogIndex
    /// Its term; 0 for an empty log.
    private(set) var lastTerm: Term
    /// The newest entry known to be on disk.
    private(set) var persistedIndex: LogIndex

    init(reader: any LogReader, recentBytes: Int) throws(LogReadError) {
        self.reader = reader
        self.recentBytes = recentBytes
        lastIndex = reader.lastIndex
        persistedIndex = reader.lastIndex
        lastTerm = 0
        if lastIndex > 0 {
            guard let term = try reader.term(at: lastIndex) else {
                throw .unavailable(index: lastIndex, reason: "it is the last one, and has no term")
            }
            lastTerm = term
        }
    }

    /// The oldest entry that can be read.
    var firstIndex: LogIndex { reader.firstIndex }

    /// The term of the entry at `index`; 0 before the first entry ever, nil when it is not there (any more).
    func term(at index: LogIndex) throws(LogReadError) -> Term? {
        guard index <= lastIndex else { return nil }
        if index == lastIndex { return lastTerm }
        if let first = recent.first?.index, index >= first { return recent[Int(index - first)].term }
        return try reader.term(at: index)
    }

    /// Entries from `index` to the end, at least one when it is there, about `maximumBytes` of them.
    func entries(from index: LogIndex, maximumBytes: Int) throws(LogReadError) -> [Entry] {
        guard index <= lastIndex else { return [] }
        guard let first = recent.first?.index, index >= first else {
            let last = recent.first.map { $0.index - 1 } ?? lastIndex
            return try reader.entries(from: index, through: last, maximumBytes: maximumBytes)
        }
        var found: [Entry] = []
        var bytes = 0
        for entry in recent[Int(index - first)...] {
            if bytes >= maximumBytes { break }
            bytes += entry.data.count
            found.append(entry)
        }
        return found
    }

    /// Appends entries that follow one another; what stood at the first one's place and after is gone.
    mutating func append(_ entries: [Entry]) {
        guard let first = entries.first, let last = entries.last else { return }
        precondition(first.index <= lastIndex + 1, "entry \(first.index) leaves a gap after \(lastIndex)")
        while let newest = recent.last, newest.index >= first.index {
            bytes -= newest.data.count
            recent.removeLast()
        }
        recent.append(contentsOf: entries)
        bytes += entries.reduce(0) { $0 + $1.data.count }
        persistedIndex = min(persistedIndex, first.index - 1)
        lastIndex = last.index
        lastTerm = last.term
    }

    /// Everything gives way to a state applied through the entry of `term` at `index`.
    mutating func reset(to index: LogIndex, term: Term) {
        (recent, bytes) = ([], 0)
        (lastIndex, lastTerm, persistedIndex) = (index, term, index)
    }

    /// Takes note that the entry of `term` at `index`, and all before it, are on disk. One that was replaced meanwhile
    /// is none of ours: etcd's storage-append response tells how that goes wrong (raft.md, scenario 11).
    mutating func persisted(through index: LogIndex, term: Term) throws(LogReadError) {
        guard index > persistedIndex, try self.term(at: index) == term else { return }
        persistedIndex = index
        trim()
    }

    /// Drops the older half of what is on disk once the window is full.
    private mutating func trim() {
        guard bytes > recentBytes || recent.count > 16_384 else { return }
        var dropped = 0
        while dropped < recent.count - 1, recent[dropped].index < persistedIndex,
            bytes > recentBytes / 2 || recent.count - dropped > 8_192
        {
            bytes -= recent[dropped].data.count
            dropped += 1
        }
        recent.removeFirst(dropped)
    }
}
