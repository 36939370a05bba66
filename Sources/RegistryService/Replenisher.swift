import Logging
import Models
import Peering
import Registry
import Replication
import Storage

extension RegistryService {
    /// Fetches the bytes of versions that appeared without this node being asked for a receipt: it was down, or slow.
    /// Runs until its task is cancelled. What it cannot fetch now it fetches when read, or the next time it looks through all.
    package func replenish() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.replenishNowAndThen() }
            for await events in parts.replica.events {
                for case .versionRegistered(let project, let model, let number) in events {
                    await replenish(project, model, number)
                }
            }
            group.cancelAll()
        }
    }

    private func replenishNowAndThen() async {
        while !Task.isCancelled {
            await replenishAll()
            do { try await Task.sleep(for: Self.timeBetweenReplenishments) } catch { return }
        }
    }

    /// A peer that was away is back by then, and looking costs seconds for a million files.
    private static let timeBetweenReplenishments: Duration = .seconds(600)

    /// Looks through all versions once: one look into the index of chunks per page of a file. No snapshot is held meanwhile:
    /// fetching may take hours.
    private func replenishAll() async {
        let store = parts.store
        do {
            let catalog = Catalog(store)
            for project in try Self.all({ try catalog.projects(after: $0, limit: 100) }, key: \.name) {
                for model in try Self.all(
                    { try catalog.models(in: project.name, after: $0, limit: 100) }, key: \.name)
                {
                    for number in stride(from: model.latestVersion, to: 0, by: -1) {
                        await replenish(project.name, model.name, number)
                    }
                }
            }
        } catch {
            parts.logger.warning("cannot look for missing bytes: \(error)")
        }
    }

    private static func all<Item, Key>(_ page: (Key?) throws -> [Item], key: (Item) -> Key) throws -> [Item] {
        var items: [Item] = []
        while true {
            let next = try page(items.last.map(key))
            guard !next.isEmpty else { return items }
            items.append(contentsOf: next)
        }
    }

    private func replenish(_ project: ProjectName, _ model: ModelName, _ number: UInt64) async {
        guard !Task.isCancelled else { return }
        let (store, chunks, peers) = (parts.store, parts.chunks, parts.peers.members)
        do {
            let pages = try await onThreads { () throws(StorageError) in
                try Catalog(store).version(project: project, model: model, number: number)?.files.flatMap(\.pages) ?? []
            }
            guard !pages.isEmpty, !peers.isEmpty else { return }
            try await parts.peers.transfer.ensure(pages: pages, from: peers)
            try await onThreads { () throws(StorageError) in try chunks.secure() }
        } catch {
            parts.logger.notice("bytes of \(project)/\(model):\(number) are not all here yet: \(error)")
        }
    }
}
