import Foundation
package import Models
package import PeerageClient
import Registry
import Replication

extension BackupDirectory {
    /// Takes a backup from whichever node answers: its state as of one moment, then every page that is not here yet.
    /// What was fetched before, by a backup that was cut off or an older one, is kept. Returns what `backup.json` says.
    package func take(
        from client: PeerageClient, cluster: UniqueID, now: Timestamp,
        progress: @escaping @Sendable (_ done: Int, _ of: Int) -> Void
    ) async throws -> Manifest {
        try create()
        try await client.saveState(toFile: newStatePath)
        let (index, hash, pages) = try newState()
        var done = 0
        for page in pages {
            if !holds(page) {
                try await client.savePage(page, toFile: partPath(of: page))
                try keep(page)
            }
            done += 1
            progress(done, pages.count)
        }
        return try finish(
            Manifest(
                format: 1, cluster: cluster, index: index, stateHash: hash, finishedAt: now, pages: pages.count,
                bytes: pages.reduce(0) { $0 + $1.size }))
    }

    private var newStatePath: String { newStateFile.path }

    private func partPath(of page: PageReference) -> String { file(of: page.id).path + ".part" }

    /// What the state that just came says of itself, and each page it names, once.
    private func newState() throws -> (index: UInt64, hash: String, pages: [PageReference]) {
        var pages: [PageReference] = []
        var seen: Set<ChunkID> = []
        let found = try readState(in: newStateFile) { part in
            for record in part.records {
                for page in try Catalog.pages(namedBy: record) where seen.insert(page.id).inserted {
                    pages.append(page)
                }
            }
        }
        return (found.index, found.hash.description, pages)
    }

    /// A file got its name only once it had been checked. `verify` reads it all the same.
    private func holds(_ page: PageReference) -> Bool { FileManager.default.fileExists(atPath: file(of: page.id).path) }

    /// Checks what came, and gives it its name.
    private func keep(_ page: PageReference) throws {
        let part = partPath(of: page)
        _ = try read(page, in: URL(filePath: part))
        try place(part, at: file(of: page.id).path)
    }

    private func finish(_ manifest: Manifest) throws -> Manifest {
        try place(newStatePath, at: stateFile(manifest.stateHash).path)
        try write(manifest)
        try removeStates(but: manifest.stateHash)
        return manifest
    }
}
