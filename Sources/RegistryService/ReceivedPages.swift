import Logging
package import Models
package import Peering
import Storage

/// Pages of files that are coming in, or broke off: known to this node alone, so that a client need not send them again.
/// One record a page, under the file's project, principal and digest.
///
/// They are promised to nobody: what a crash took, or was removed meanwhile, is sent again.
enum ReceivedPages {
    /// The pages of a file from its start, as far as they came.
    static func find(_ file: AnnouncedFile, in store: any KeyValueReader) throws(StorageError) -> [PageReference] {
        var (pages, isUnbroken): ([PageReference], Bool) = ([], true)
        try store.forEachRecord(in: KeyRange(prefix: prefix(of: file)), of: .local) { record throws(StorageError) in
            isUnbroken = isUnbroken && record.key == key(file, UInt64(pages.count))
            if isUnbroken { pages.append(try decode(record).page) }
        }
        return pages
    }

    /// All pages in `store`, with when they came.
    static func all(in store: any KeyValueReader) throws(StorageError) -> [Record] {
        var found: [Record] = []
        try store.forEachRecord(in: KeyRange(prefix: prefix), of: .local) { record throws(StorageError) in
            found.append(try decode(record))
        }
        return found
    }

    /// Adds a page. What a crash takes of it is sent again.
    static func add(_ received: ReceivedPage, at now: Timestamp, to store: any KeyValueStore) throws(StorageError) {
        var (batch, writer) = (WriteBatch(), CanonicalWriter())
        writer.write(UInt8(1))
        writer.write(received.page)
        writer.write(now)
        batch.put(writer.bytes, for: key(received.file, received.index), in: .local)
        try store.write(batch, synced: false)
    }

    /// Forgets the first `pages` pages of a file.
    static func forget(_ file: AnnouncedFile, pages: UInt64, in store: any KeyValueStore) throws(StorageError) {
        guard pages > 0 else { return }
        var batch = WriteBatch()
        for index in 0..<pages { batch.delete(key(file, index), in: .local) }
        try store.write(batch, synced: false)
    }

    /// Forgets one page.
    static func forget(_ record: Record, in store: any KeyValueStore) throws(StorageError) {
        var batch = WriteBatch()
        batch.delete(record.key, in: .local)
        try store.write(batch, synced: false)
    }

    /// A page as it is recorded.
    struct Record: Hashable, Sendable {
        let key: [UInt8]
        let file: AnnouncedFile
        let page: PageReference
        let receivedAt: Timestamp
    }

    private static let prefix = Array("received".utf8)

    private static func prefix(of file: AnnouncedFile) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.writeFixed(prefix)
        writer.write(file)
        return writer.bytes
    }

    private static func key(_ file: AnnouncedFile, _ index: UInt64) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.writeFixed(prefix(of: file))
        writer.write(index)
        return writer.bytes
    }

    private static func decode(_ record: KeyValue) throws(StorageError) -> Record {
        var (name, reader) = (CanonicalReader(Array(record.key.dropFirst(prefix.count))), CanonicalReader(record.value))
        do throws(CanonicalError) {
            _ = try reader.readVersion(of: "received page", known: 1...1)
            let decoded = Record(
                key: record.key, file: try name.read(), page: try reader.read(), receivedAt: try reader.read())
            try reader.finish()
            return decoded
        } catch {
            throw .corrupted("a received page cannot be decoded: \(error)")
        }
    }
}

extension RegistryService {
    /// How many bytes of a file's start came before, here or at a peer, and need not be sent again.
    package func received(project: ProjectName, sha256: Digest, size: UInt64, as principal: Principal)
        async throws(ServiceError) -> UInt64
    {
        guard try isKept(project) else { return 0 }
        let file = AnnouncedFile(project: project, principal: principal.name, sha256: sha256, size: size)
        return try await receivedPages(of: file).reduce(0) { $0 + $1.size }
    }

    /// The start of a file that came before, as a file to copy from.
    func receivedFile(_ file: AnnouncedFile) async throws(ServiceError) -> ProjectFile {
        let pages = try await receivedPages(of: file)
        let path: FilePath
        do { path = try FilePath("received") } catch { throw .invalidName(error) }
        return ProjectFile(
            project: file.project,
            file: FileEntry(
                path: path, size: pages.reduce(0) { $0 + $1.size }, sha256: file.sha256, pages: pages))
    }

    private func receivedPages(of file: AnnouncedFile) async throws(ServiceError) -> [PageReference] {
        let store = parts.store
        return try await onThreads { () throws(StorageError) in try ReceivedPages.find(file, in: store) }
    }

    /// What came of a file is not what was announced.
    func forgetReceived(_ file: AnnouncedFile, pages: UInt64) async throws(ServiceError) {
        let store = parts.store
        try await onThreads { () throws(StorageError) in try ReceivedPages.forget(file, pages: pages, in: store) }
    }

    /// A page is here that came in here or at a peer: whoever sends the file need not send it again. If that cannot be noted,
    /// it is sent again.
    package func didReceive(_ page: ReceivedPage) async {
        let (store, now) = (parts.store, parts.now())
        do throws(ServiceError) {
            try await onThreads { () throws(StorageError) in try ReceivedPages.add(page, at: now, to: store) }
        } catch {
            parts.logger.debug("a page that came in is not noted: \(error)")
        }
    }
}
