import Chunking
import Logging
import Metrics
import Models
import Peering
import Registry
import Replication
import Storage
import Synchronization

/// How long this node keeps what is not registered.
package struct Keeping: Hashable, Sendable {
    /// How often it looks for chunks that nothing names; nil for never.
    package let interval: Duration?
    /// How long an uploaded file waits to be registered.
    package let staged: Duration

    /// Settings of a node.
    package init(interval: Duration?, staged: Duration) {
        self.interval = interval
        self.staged = staged
    }

    /// How long the receipts of others are relied on.
    var trusted: Duration { staged / 8 }
    /// How long a file may be registered. Who is asked then relies on this node for `trusted`, and this node keeps its
    /// record for both together.
    var usable: Duration { staged - trusted }
}

/// Removes chunks that nothing names: of uploads that were broken off, and of files that nobody registered.
///
/// Each node does so by itself. A chunk stays as long as a version in the state names it, read after every write
/// acknowledged before; a staged file, which every node keeps for `Keeping.staged`; an upload or a receipt that is
/// under way; or somebody asked whether it is here since this began (`ChunkStore.beginSweep`). Nothing else promises
/// anybody that it is there.
///
/// Clocks may differ by what `Keeping.trusted` says. A node whose clock runs ahead of the cluster's newest command by
/// more forgets no staged file.
///
/// Why not agreed through the log: see docs/decisions/0013.
extension RegistryService {
    /// Collects from time to time, until its task is cancelled.
    package func collect() async {
        guard let interval = parts.keeping.interval else { return }
        // A node that is often restarted collects too, and one that could not tries again before long.
        let short = min(interval, .seconds(3_600))
        var pause = short
        while true {
            do {
                try await Task.sleep(for: pause)
                pause = short
                try await collectOnce()
                pause = interval
            } catch is CancellationError { return } catch {
                parts.logger.notice("chunks that nothing names are not collected this time: \(error)")
            }
        }
    }

    /// Chunks looked at together.
    private static let chunksPerSweep = 1_024

    private func collectOnce() async throws {
        guard await parts.replica.waitForLinearizableState(patience: Self.readPatience) else {
            throw ServiceError.noLeader
        }
        // Earlier builds rely on receipts for ever.
        guard try Catalog(parts.store).level() >= Command.levelOfAgeingReceipts else { return }
        isCollecting.withLock { $0 = true }
        parts.chunks.beginSweep()
        defer {
            parts.chunks.endSweep()
            isCollecting.withLock { $0 = false }
        }
        try await onThreads { [self] () throws(StorageError) in try forgetStaged() }
        let removed = try await sweep(try await names())
        Counter(label: "peerage_collected_chunks_total").increment(by: removed)
        guard removed > 0 else { return }
        parts.logger.notice("\(removed) chunks that nothing names were removed")
        await reclaim()
    }

    /// Returns once no chunks are collected.
    func waitWhileCollecting() async throws {
        while isCollecting.withLock({ $0 }) { try await Task.sleep(for: .seconds(1)) }
    }

    /// Gives back the room of what was removed, and brings together what many starts left in small packs.
    package func reclaim() async {
        let chunks = parts.chunks
        let mayGoOn = Mutex(true)
        await withTaskCancellationHandler {
            do throws(ServiceError) {
                _ = try await onThreads { () throws(StorageError) in try chunks.reclaim { mayGoOn.withLock { $0 } } }
            } catch {
                parts.logger.warning("the room of removed chunks cannot be reclaimed now: \(error)")
            }
        } onCancel: {
            mayGoOn.withLock { $0 = false }
        }
    }

    /// Forgets files that waited too long to be registered.
    private func forgetStaged() throws(StorageError) {
        let now = parts.now()
        let catalog = Catalog(parts.store)
        let newest = try catalog.auditRecords(after: max(1, catalog.auditCount) - 1, limit: 1).first?.at ?? now
        for file in try StagedFile.all(in: parts.store) {
            try staging.withLock { _ throws(StorageError) in
                guard let securedAt = file.securedAt else {
                    // An earlier build did not note it.
                    var noted = file
                    (noted.holders, noted.securedAt) = ([parts.member], now)
                    return try file.replace(by: noted, in: parts.store)
                }
                let end = securedAt.advanced(by: parts.keeping.staged)
                if end < now, end < newest.advanced(by: parts.keeping.trusted) {
                    try file.replace(by: nil, in: parts.store)
                }
            }
        }
    }

    /// What must stay.
    private func names() async throws -> BloomFilter {
        let (store, chunks) = (parts.store, parts.chunks)
        let held = openUploads.held
        let open = held.flatMap(\.pages) + parts.peers.transfer.heldPages
        let (pages, count) = try await onThreads { () throws(StorageError) in
            let reader = try store.snapshot()
            var pages = Set(open)
            for file in try StagedFile.all(in: reader) { pages.formUnion(file.pages) }
            try Self.forEachRecord(of: reader) { record throws(StorageError) in
                pages.formUnion(try Catalog.pages(namedBy: record))
            }
            return (pages, try Self.count(chunks))
        }
        var generator = SystemRandomNumberGenerator()
        var named = BloomFilter(capacity: count, salt: generator.next())
        for key in held.flatMap(\.keys) { named.insert(key.bytes) }
        for page in pages {
            try Task.checkCancellation()
            named.insert(page.id.bytes)
            // A page that cannot be had anywhere ends it all: who knows which chunks it names.
            for chunk in try await references(of: page, for: .background) { named.insert(chunk.id.bytes) }
        }
        return named
    }

    private static func forEachRecord(
        of reader: any KeyValueReader, _ body: (KeyValue) throws(StorageError) -> Void
    ) throws(StorageError) {
        var range = KeyRange(prefix: [])
        while true {
            let records = try reader.records(in: range, of: .state, limit: chunksPerSweep, reversed: false)
            for record in records { try body(record) }
            guard let last = records.last else { return }
            range = KeyRange(lower: last.key + [0], upper: nil)
        }
    }

    private static func count(_ chunks: any ChunkStore) throws(StorageError) -> Int {
        var (count, last): (Int, ChunkKey?) = (0, nil)
        while true {
            let keys = try chunks.keys(after: last, limit: chunksPerSweep)
            count += keys.count
            guard let end = keys.last else { return count }
            last = end
        }
    }

    private func sweep(_ named: BloomFilter) async throws -> Int {
        let chunks = parts.chunks
        var (removed, last): (Int, ChunkKey?) = (0, nil)
        while true {
            try Task.checkCancellation()
            let after = last
            let (count, end) = try await onThreads { () throws(StorageError) in
                let keys = try chunks.keys(after: after, limit: Self.chunksPerSweep)
                return (try chunks.sweep(keys.filter { !named.contains($0.bytes) }), keys.last)
            }
            removed += count
            guard let end else { return removed }
            last = end
        }
    }
}
