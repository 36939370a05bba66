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
/// Bytes of projects and versions that this node does not keep any more leave with them, once a majority of those that
/// keep them says that it holds them.
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
                let isLeaving = try await waitToCollect(pause)
                // If it cannot now: bytes that shall leave are not to wait for the next regular time.
                pause = isLeaving ? min(short, Self.pauseUntilOthersHold) : short
                let mustStay = try await collectOnce()
                pause = mustStay ? min(interval, Self.pauseUntilOthersHold) : interval
            } catch is CancellationError { return } catch {
                parts.logger.notice("chunks that nothing names are not collected this time: \(error)")
            }
        }
    }

    /// Those that shall keep bytes which leave this node may need hours to fetch them.
    private static let pauseUntilOthersHold: Duration = .seconds(600)
    /// What was asked of the log is applied everywhere by then, and small projects have moved.
    private static let pauseBeforeLeaving: Duration = .seconds(10)

    /// Returns after `pause`, or soon after a project's sites changed, and then true.
    private func waitToCollect(_ pause: Duration) async throws -> Bool {
        var waited: Duration = .zero
        while waited < pause {
            let step = min(pause - waited, .seconds(1))
            try await Task.sleep(for: step)
            waited += step
            guard isLeaving.withLock({ $0 }) else { continue }
            isLeaving.withLock { $0 = false }
            try await Task.sleep(for: min(pause - waited, Self.pauseBeforeLeaving))
            return true
        }
        return false
    }

    /// Chunks looked at together.
    private static let chunksPerSweep = 1_024

    /// Returns whether bytes that shall leave must stay, because others do not hold them yet.
    private func collectOnce() async throws -> Bool {
        guard await parts.replica.waitForLinearizableState(patience: Self.readPatience) else {
            throw ServiceError.noLeader
        }
        // Earlier builds rely on receipts for ever.
        guard try Catalog(parts.store).level() >= Command.levelOfAgeingReceipts else { return false }
        let (removed, mustStay) = try await collectNow()
        Counter(label: "peerage_collected_chunks_total").increment(by: removed)
        guard removed > 0 else { return mustStay }
        parts.logger.notice("\(removed) chunks that nothing names here were removed")
        // Not part of the collection, for which others wait.
        await reclaim()
        return mustStay
    }

    private func collectNow() async throws -> (removed: Int, mustStay: Bool) {
        isCollecting.withLock { $0 = true }
        parts.chunks.beginSweep()
        defer {
            parts.chunks.endSweep()
            isCollecting.withLock { $0 = false }
        }
        try await onThreads { [self] () throws(StorageError) in
            try forgetStaged()
            try forgetReceived()
        }
        let (named, leaving, isWaitedFor) = try await names()
        let removed = try await sweep(named)
        let chunks = parts.chunks
        // Somebody may have asked for some of what was to leave.
        let mustStay = try await onThreads { () throws(StorageError) in
            for page in leaving where try chunks.isPresent(ChunkKey(page.id.bytes)) { return true }
            return isWaitedFor
        }
        return (removed, mustStay)
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

    /// Forgets what came of files that broke off long ago, or of projects that this node does not keep any more.
    private func forgetReceived() throws(StorageError) {
        let (now, catalog) = (parts.now(), Catalog(parts.store))
        for record in try ReceivedPages.all(in: parts.store) {
            let isKept = try catalog.project(record.file.project)?.isKept(at: parts.identity.site) ?? true
            let isRecent = record.receivedAt <= now && now <= record.receivedAt.advanced(by: parts.keeping.trusted)
            if !isKept || !isRecent { try ReceivedPages.forget(record, in: parts.store) }
        }
    }

    /// What must stay; the pages that leave; and whether others must come to hold something first.
    private func names() async throws -> (BloomFilter, leaving: Set<PageReference>, isWaitedFor: Bool) {
        let (store, chunks, site, now) = (parts.store, parts.chunks, parts.identity.site, parts.now())
        let held = openUploads.held
        let open = held.flatMap(\.pages) + parts.peers.transfer.heldPages
        var (pages, leaving, count, isWaitedFor) = try await onThreads { () throws(StorageError) in
            let reader = try store.snapshot()
            let catalog = Catalog(reader)
            var (pages, foreign): (Set<PageReference>, [ChunkID: ForeignPage]) = (Set(open), [:])
            for file in try StagedFile.all(in: reader) {
                if try catalog.project(file.project)?.isKept(at: site) ?? true {
                    pages.formUnion(file.pages)
                } else if file.mayBeOnItsWay(at: now) {
                    // A receipt counts no more here, but for a registration that may be under way.
                    for page in file.pages {
                        foreign[page.id, default: ForeignPage(page: page)].isPromised = true
                    }
                }
            }
            var residences = Residences(catalog)
            try reader.forEachRecord(in: KeyRange(prefix: []), of: .state) { record throws(StorageError) in
                guard let version = try Catalog.version(in: record) else { return }
                let named = version.files.flatMap(\.pages)
                guard let sites = try residences.sites(keeping: VersionKey(version)), !sites.contains(site) else {
                    return pages.formUnion(named)
                }
                let home = Home(project: version.project, sites: sites)
                for page in named { foreign[page.id, default: ForeignPage(page: page)].homes.insert(home) }
            }
            let found = try Self.count(chunks, foreign)
            pages.formUnion(found.promised)
            // What others name, too, stays: nobody need be asked.
            let leaving = found.leaving.mapValues { $0.subtracting(pages) }.filter { !$0.value.isEmpty }
            return (pages, leaving, found.count, !found.promised.isEmpty)
        }
        for (home, held) in leaving where !(await isHeld(Array(held), by: try keepers(at: home.sites))) {
            parts.logger.notice(
                "bytes of project “\(home.project)” shall leave this site and stay until those that keep them hold them"
            )
            isWaitedFor = true
            pages.formUnion(held)
        }
        let received = try await onThreads { () throws(StorageError) in try ReceivedPages.all(in: store).map(\.page) }
        var generator = SystemRandomNumberGenerator()
        var named = BloomFilter(capacity: count, salt: generator.next())
        for key in held.flatMap(\.keys) { named.insert(key.bytes) }
        for page in pages {
            try Task.checkCancellation()
            named.insert(page.id.bytes)
            // A page that cannot be had anywhere ends it all: who knows which chunks it names.
            for chunk in try await references(of: page, isKept: true, for: .background) { named.insert(chunk.id.bytes) }
        }
        for page in received where !pages.contains(page) {
            named.insert(page.id.bytes)
            // Probe: what is not here any more is sent again.
            for chunk in (try? await references(of: page, isKept: false)) ?? [] { named.insert(chunk.id.bytes) }
        }
        let all = leaving.values.reduce(into: Set<PageReference>()) { $0.formUnion($1) }
        return (named, all.subtracting(pages), isWaitedFor)
    }

    /// Where versions of a project are kept that this node does not keep.
    private struct Home: Hashable, Sendable {
        let project: ProjectName
        let sites: [SiteName]
    }

    /// A page that versions name which this node does not keep.
    private struct ForeignPage: Sendable {
        let page: PageReference
        var homes: Set<Home> = []
        /// Whether it must stay whatever others hold.
        var isPromised = false
    }

    /// What lies in the chunk store.
    private struct Found: Sendable {
        var count = 0
        var promised: Set<PageReference> = []
        /// Foreign pages by where they are kept.
        var leaving: [Home: Set<PageReference>] = [:]
    }

    /// How many chunks there are, and which foreign pages. Nobody is asked whether one is here: it would count as promised.
    private static func count(_ chunks: any ChunkStore, _ foreign: [ChunkID: ForeignPage]) throws(StorageError) -> Found
    {
        var (found, last): (Found, ChunkKey?) = (Found(), nil)
        while true {
            let keys = try chunks.keys(after: last, limit: chunksPerSweep)
            guard let end = keys.last else { return found }
            found.count += keys.count
            for key in foreign.isEmpty ? [] : keys {
                guard let page = foreign[ChunkID(bytes: key.bytes)] else { continue }
                if page.isPromised { found.promised.insert(page.page) }
                for home in page.homes { found.leaving[home, default: []].insert(page.page) }
            }
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
