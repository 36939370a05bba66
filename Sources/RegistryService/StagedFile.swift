import Models
import Storage

/// An uploaded file that waits to become part of a version: known by this node alone, found again after a restart.
///
/// It belongs to one project and one principal: nobody learns from it what others have uploaded.
struct StagedFile: Hashable, Sendable, CanonicalCodable {
    let project: ProjectName
    let principal: PrincipalName
    let sha256: Digest
    let size: UInt64
    let pages: [PageReference]
    /// The members known to hold all its bytes safely.
    var holders: [UInt64]

    init(
        project: ProjectName, principal: PrincipalName, sha256: Digest, size: UInt64, pages: [PageReference],
        holders: [UInt64]
    ) {
        self.project = project
        self.principal = principal
        self.sha256 = sha256
        self.size = size
        self.pages = pages
        self.holders = holders
    }

    static func key(project: ProjectName, principal: PrincipalName, sha256: Digest) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.writeFixed(Array("staged".utf8))
        writer.write(project)
        writer.write(principal)
        writer.write(sha256)
        return writer.bytes
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(project)
        writer.write(principal)
        writer.write(sha256)
        writer.write(size)
        writer.write(list: pages)
        writer.write(list: holders) { $0.write($1) }
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "staged file", known: 1...1)
        project = try reader.read()
        principal = try reader.read()
        sha256 = try reader.read()
        size = try reader.readInteger()
        pages = try reader.readList()
        holders = try reader.readList { (reader) throws(CanonicalError) in try reader.readInteger() }
    }

    /// The record in `store`, or nil.
    static func find(
        project: ProjectName, principal: PrincipalName, sha256: Digest, in store: any KeyValueStore
    ) throws(StorageError) -> StagedFile? {
        let key = key(project: project, principal: principal, sha256: sha256)
        guard let bytes = try store.value(for: key, in: .local) else { return nil }
        do { return try StagedFile(canonicalBytes: bytes) } catch {
            throw .corrupted("the staged file \(sha256) cannot be decoded: \(error)")
        }
    }

    /// Writes the record, durably.
    func save(in store: any KeyValueStore) throws(StorageError) {
        var batch = WriteBatch()
        let key = Self.key(project: project, principal: principal, sha256: sha256)
        batch.put(canonicalBytes, for: key, in: .local)
        try store.write(batch, synced: true)
    }
}
