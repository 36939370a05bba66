import Logging
import Models
import Peering
import Registry
import Replication
import Storage
import Synchronization

extension RegistryService {
    /// Fetches the bytes of versions that appeared without this node being asked for a receipt: it was down, or slow.
    /// Runs until its task is cancelled. What it cannot fetch now it fetches when read, or the next time it looks
    /// through all.
    package func replenish() async {
        // At most one look through everything waits while another goes on.
        let (rounds, begin) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        begin.yield()
        // All bytes of a version may have to come when it moved: what is registered meanwhile does not wait for that.
        let (moves, moved) = AsyncStream.makeStream(of: VersionKey.self)
        await withDiscardingTaskGroup { group in
            group.addTask { for await _ in rounds { await self.replenishAll() } }
            group.addTask { await self.callNowAndThen(begin) }
            group.addTask { for await key in moves { await self.replenish(key) } }
            for await events in parts.replica.events {
                if events.contains(.stateReplaced) {
                    shortfall.forget()
                    begin.yield()
                    isLeaving.withLock { $0 = true }
                }
                if events.contains(where: { if case .projectChanged(_, hasMoved: true) = $0 { true } else { false } }) {
                    // It may keep more now, or less.
                    shortfall.forget()
                    begin.yield()
                    isLeaving.withLock { $0 = true }
                }
                for event in events {
                    switch event {
                    case .versionMoved(let project, let model, let number):
                        let key = VersionKey(project: project, model: model, number: number)
                        shortfall.begin("\(key)")
                        moved.yield(key)
                        isLeaving.withLock { $0 = true }
                    case .versionRegistered(let project, let model, let number):
                        await replenish(VersionKey(project: project, model: model, number: number))
                    default: break
                    }
                }
            }
            group.cancelAll()
        }
    }

    private func callNowAndThen(_ begin: AsyncStream<Void>.Continuation) async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.timeBetweenReplenishments) } catch { return }
            begin.yield()
        }
    }

    /// A peer that was away is back by then, and looking costs seconds for a million files.
    private static let timeBetweenReplenishments: Duration = .seconds(600)

    /// Looks through all versions once, if there may be something to be found: one look into the index of chunks per page of
    /// a file. No snapshot is held meanwhile: fetching may take hours.
    private func replenishAll() async {
        let store = parts.store
        guard let look = shortfall.look(losses: parts.chunks.losses) else { return }
        do {
            try await waitWhileCollecting()
            let catalog = Catalog(store)
            for project in try catalog.allProjects() {
                for model in try catalog.allModels(in: project.name) {
                    for number in stride(from: model.latestVersion, to: 0, by: -1) {
                        await replenish(VersionKey(project: project.name, model: model.name, number: number))
                    }
                }
            }
            if !Task.isCancelled { shortfall.end(look) }
        } catch {
            parts.logger.warning("cannot look for missing bytes: \(error)")
        }
    }

    private func replenish(_ key: VersionKey) async {
        guard !Task.isCancelled else { return }
        let (store, chunks, peers) = (parts.store, parts.chunks, parts.peers.members)
        let version = "\(key)"
        // Probe: a state that cannot be read is reported below.
        guard (try? isKept(key)) ?? true else { return shortfall.end(version) }
        shortfall.begin(version)
        do {
            let pages = try await onThreads { () throws(StorageError) in
                try Catalog(store).keptVersion(key)?.files.flatMap(\.pages) ?? []
            }
            if !pages.isEmpty, !peers.isEmpty {
                try await parts.peers.transfer.ensure(pages: pages, from: peers, for: .background)
                try await onThreads { () throws(StorageError) in try chunks.secure() }
                // The rule may have changed meanwhile.
                if try !isKept(key) { isLeaving.withLock { $0 = true } }
            }
            shortfall.end(version)
        } catch {
            parts.logger.notice("bytes of \(version) are not all here yet: \(error)")
        }
    }
}
