import Chunking
import Logging
package import Models
import Peering
import Storage

/// A file of a version, and whose it is.
package struct ProjectFile: Hashable, Sendable {
    /// The project it belongs to.
    package let project: ProjectName
    /// The file.
    package let file: FileEntry

    /// `file` of a version of `project`.
    package init(project: ProjectName, file: FileEntry) {
        self.project = project
        self.file = file
    }
}

extension RegistryService {
    /// A reader of `range` of `file`, which must lie within it.
    package func reader(of file: ProjectFile, range: Range<UInt64>) throws(ServiceError) -> FileReader {
        guard range.upperBound <= file.file.size else { throw .invalidRequest("the range ends beyond the file") }
        return FileReader(service: self, file: file.file, range: range, isKept: try isKept(file.project))
    }

    /// A reader of the chunks that the files of `version` are made of.
    package func chunkList(of version: Version) throws(ServiceError) -> ChunkListReader {
        ChunkListReader(service: self, files: version.files, isKept: try isKept(version.project))
    }

    /// The chunks that `page` lists.
    /// - Parameter isKept: whether this node keeps the page; else it passes it on.
    func references(of page: PageReference, isKept: Bool, for purpose: TransferPurpose = .client)
        async throws(ServiceError) -> [ChunkReference]
    {
        let bytes = try await verified([page.id], isKept, for: purpose) { ChunkPage.isPage($1, named: $0) }
        do { return try ChunkPage(bytes[0], named: page).references } catch {
            throw .storage("page \(page.id) cannot be decoded: \(error)")
        }
    }

    /// The bytes of chunks, in order, each checked against its name.
    func bytes(ofChunks ids: [ChunkID], isKept: Bool) async throws(ServiceError) -> [[UInt8]] {
        try await verified(ids, isKept, for: .client) { ChunkHash.matches($1, $0) }
    }

    /// The bytes of `ids` from this node, and from the others what it lacks or holds damaged. That is kept if it shall be
    /// and there is room.
    private func verified(
        _ ids: [ChunkID], _ isKept: Bool, for purpose: TransferPurpose,
        _ matches: @escaping @Sendable (ChunkID, [UInt8]) -> Bool
    ) async throws(ServiceError) -> [[UInt8]] {
        var (found, isReachable) = try await readLocally(ids, matches)
        let missing = zip(ids, found).filter { $1 == nil }.map { ChunkKey($0.0.bytes) }
        if !missing.isEmpty {
            let (transfer, members) = (parts.peers.transfer, parts.peers.members)
            do {
                if isKept, isReachable, parts.chunks.refusal == nil {
                    try await transfer.fetch(missing, from: members, for: purpose)
                    (found, isReachable) = try await readLocally(ids, matches)
                } else {
                    let passed = try await transfer.pass(missing, from: members)
                    found = zip(ids, found).map { $1 ?? passed[ChunkKey($0.bytes)] }
                }
            } catch let error as PeerError {
                throw .bytesUnavailable(
                    "\(missing.count) chunks are not on this node, and no other gave them: \(error)")
            } catch let error as ServiceError {
                throw error
            } catch {
                throw .storage("\(error)")
            }
        }
        let bytes = found.compactMap { $0 }
        guard bytes.count == ids.count else {
            throw .bytesUnavailable("a chunk could not be read after it was fetched")
        }
        return bytes
    }

    /// Reads what is here; a damaged chunk is removed, so that it is fetched anew. Also tells whether all that is here could
    /// be reached.
    private func readLocally(_ ids: [ChunkID], _ matches: @escaping @Sendable (ChunkID, [UInt8]) -> Bool)
        async throws(ServiceError) -> ([[UInt8]?], isReachable: Bool)
    {
        let (chunks, logger) = (parts.chunks, parts.logger)
        return try await onThreads { () throws(StorageError) in
            var (found, isReachable): ([[UInt8]?], Bool) = ([], true)
            for id in ids {
                let key = ChunkKey(id.bytes)
                let read: [UInt8]?
                do throws(StorageError) { read = isReachable ? try chunks.read(key) : nil } catch {
                    guard case .unreachable(let detail) = error else { throw error }
                    logger.debug("chunks are read from peers now: \(detail)")
                    (read, isReachable) = (nil, false)
                }
                guard let bytes = read else {
                    found.append(nil)
                    continue
                }
                if matches(id, bytes) {
                    found.append(bytes)
                } else {
                    logger.error("chunk \(id) is damaged on this node's disk; fetching it from a peer")
                    try chunks.removeDamaged(key, readAs: bytes)
                    found.append(nil)
                }
            }
            return (found, isReachable)
        }
    }
}
