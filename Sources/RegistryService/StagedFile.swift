import Models
import Peering
import Registry
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
    /// The members known to hold all its bytes safely, since `securedAt`.
    var holders: [UInt64]
    /// When they said so; nil in records of earlier builds.
    var securedAt: Timestamp?
    /// The index of the log that was applied here before they were asked; 0 in records of earlier builds.
    var securedIndex: UInt64

    init(
        project: ProjectName, principal: PrincipalName, sha256: Digest, size: UInt64, pages: [PageReference],
        holders: [UInt64], securedAt: Timestamp, securedIndex: UInt64
    ) {
        self.project = project
        self.principal = principal
        self.sha256 = sha256
        self.size = size
        self.pages = pages
        self.holders = holders
        self.securedAt = securedAt
        self.securedIndex = securedIndex
    }

    /// The upload that it came by.
    var upload: AnnouncedFile { AnnouncedFile(project: project, principal: principal, sha256: sha256, size: size) }

    static func key(project: ProjectName, principal: PrincipalName, sha256: Digest) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.writeFixed(prefix)
        writer.write(project)
        writer.write(principal)
        writer.write(sha256)
        return writer.bytes
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(3))
        writer.write(project)
        writer.write(principal)
        writer.write(sha256)
        writer.write(size)
        writer.write(list: pages)
        writer.write(list: holders) { $0.write($1) }
        writer.write(securedAt) { $0.write($1) }
        writer.write(securedIndex)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let format = try reader.readVersion(of: "staged file", known: 1...3)
        project = try reader.read()
        principal = try reader.read()
        sha256 = try reader.read()
        size = try reader.readInteger()
        pages = try reader.readList()
        holders = try reader.readList { (reader) throws(CanonicalError) in try reader.readInteger() }
        securedAt = format > 1 ? try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() } : nil
        securedIndex = format > 2 ? try reader.readInteger() : 0
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

    /// All records in `store`.
    static func all(in store: any KeyValueReader) throws(StorageError) -> [StagedFile] {
        var found: [StagedFile] = []
        try store.forEachRecord(in: KeyRange(prefix: prefix), of: .local) { record throws(StorageError) in
            do { found.append(try StagedFile(canonicalBytes: record.value)) } catch {
                throw .corrupted("a staged file cannot be decoded: \(error)")
            }
        }
        return found
    }

    /// Writes the record, or removes it, if it is still as it was read. A removal need not survive a crash: then it
    /// happens once more.
    func replace(by new: StagedFile?, in store: any KeyValueStore) throws(StorageError) {
        guard try Self.find(project: project, principal: principal, sha256: sha256, in: store) == self else { return }
        guard let new else {
            var batch = WriteBatch()
            batch.delete(Self.key(project: project, principal: principal, sha256: sha256), in: .local)
            return try store.write(batch, synced: false)
        }
        try new.save(in: store)
    }

    private static let prefix = Array("staged".utf8)

    /// Whether it may be registered still: what others keep of it lasts longer.
    func isUsable(_ keeping: Keeping, at now: Timestamp) -> Bool {
        guard let securedAt else { return true }
        return now < securedAt.advanced(by: keeping.usable)
    }

    /// Whether the receipts of others may be relied on. One of the future is of a clock that was wrong; of earlier
    /// builds' records nobody knows how old they are.
    func isTrusted(_ keeping: Keeping, at now: Timestamp) -> Bool {
        guard let securedAt else { return false }
        return securedAt <= now && now < securedAt.advanced(by: keeping.trusted)
    }

    /// The holders whose receipts count, by the rule that made these `keepers`: later ones than the rule.
    func holders(among keepers: Keepers) -> [UInt64] {
        securedIndex >= keepers.since ? holders.filter(keepers.members.contains) : []
    }

    /// Whether a registration with these receipts may be under way.
    func mayBeOnItsWay(at now: Timestamp) -> Bool {
        guard let securedAt else { return false }
        return now < securedAt.advanced(by: Self.registrationPatience)
    }

    /// A command waits some seconds for its outcome, and a message some more.
    private static let registrationPatience: Duration = .seconds(30)

    /// Writes the record, durably.
    func save(in store: any KeyValueStore) throws(StorageError) {
        var batch = WriteBatch()
        let key = Self.key(project: project, principal: principal, sha256: sha256)
        batch.put(canonicalBytes, for: key, in: .local)
        try store.write(batch, synced: true)
    }
}
