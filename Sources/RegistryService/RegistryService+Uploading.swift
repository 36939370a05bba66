import Chunking
import Consensus
import Logging
package import Models
package import Peering
import Registry
import Replication
import Storage
import Synchronization

extension RegistryService {
    /// How long a peer may take to fetch and secure one file. Large files are announced page by page as they come in,
    /// so little is left at the end.
    private static let securePatience: Duration = .seconds(300)

    /// Begins to take in a file of `size` bytes that shall have the digest `sha256`.
    package func beginUpload(project: ProjectName, sha256: Digest, size: UInt64, as principal: Principal)
        throws(ServiceError) -> Upload
    {
        guard size <= Limits.standard.fileBytes else {
            throw .invalidRequest("a file has at most \(Limits.standard.fileBytes) bytes")
        }
        if case .full(let detail) = parts.replica.health { throw .diskFull(detail) }
        return Upload(
            service: self, project: project, principal: principal.name, announced: sha256, announcedSize: size)
    }

    /// The files that a delta copies bytes from, in order. Throws `ServiceError.notFound` for one that is not there.
    package func files(_ sources: [Delta.Source], _ consistency: Consistency) async throws(ServiceError) -> [FileEntry]
    {
        guard sources.count <= Limits.standard.filesPerVersion else {
            throw .invalidRequest("a delta has at most \(Limits.standard.filesPerVersion) sources")
        }
        return try await read(consistency) { catalog in
            var versions: [String: [FilePath: FileEntry]] = [:]
            return try sources.map { source in
                let name = "\(source.project)/\(source.model):\(source.version)"
                if versions[name] == nil {
                    let found = try catalog.describe(source.project, source.model, .number(source.version))
                    versions[name] = Dictionary(found.version.files.map { ($0.path, $0) }) { $1 }
                }
                guard let file = versions[name]?[source.path] else {
                    throw ServiceError.notFound("\(name) has no file “\(source.path)”")
                }
                return file
            }
        }.value
    }

    /// What this node knows of a file that `principal` uploaded to `project` and that a majority holds; nil otherwise.
    package func uploadedFile(project: ProjectName, sha256: Digest, as principal: Principal) async throws(ServiceError)
        -> UploadedFile?
    {
        let store = parts.store
        let staged = try await onThreads { () throws(StorageError) in
            try StagedFile.find(project: project, principal: principal.name, sha256: sha256, in: store)
        }
        guard let staged, isMajority(staged.holders), staged.isUsable(parts.keeping, at: parts.now()) else {
            return nil
        }
        return UploadedFile(sha256: staged.sha256, size: staged.size)
    }

    /// Makes uploaded files a version: collects receipts for all their bytes, then proposes it.
    package func register(
        _ request: RegisterVersionRequest, project: ProjectName, model: ModelName, as principal: Principal, key: String?
    ) async throws(ServiceError) -> Written<VersionDescription> {
        // The log would refuse it too, if it could read it: an entry nested deeper than that is not decoded.
        guard (request.metadata?.depth ?? 0) <= Limits.standard.metadataDepth else {
            let limit = Limits.standard.metadataDepth
            throw .rejected(Rejection(.limitExceeded, "metadata nests at most \(limit) levels deep"))
        }
        let files = try await resolve(request.files, project: project, principal: principal.name)
        var aliases: [AliasName] = []
        for alias in request.aliases ?? [] {
            do { aliases.append(try AliasName(alias)) } catch { throw .invalidName(error) }
        }
        let command = RegisterVersion(
            project: project, model: model, files: files.entries, metadata: request.metadata ?? .object([:]),
            tags: request.tags ?? [:], message: request.message ?? "", aliases: aliases, holders: files.holders)
        let written = try await execute(.registerVersion(command), as: principal, key: key)
        guard case .version(let project, let model, let number, _) = written.value else {
            throw .nodeUnavailable("the outcome of the registration is not a version")
        }
        let answer = try await version(
            project: project, model: model, selector: .number(number), .session(atLeast: written.index))
        return Written(value: answer.value, index: written.index)
    }

    /// This node holds every byte of a file that was uploaded elsewhere: the client may go on here.
    package func didStage(_ request: SecureRequest) async throws(ServiceError) {
        try await save(
            StagedFile(
                project: request.project, principal: request.principal, sha256: request.sha256, size: request.size,
                pages: request.pages, holders: [request.source, parts.member].sorted(), securedAt: parts.now()))
    }

    /// Hints that a page of a file that is still coming in can be fetched: peers then have little to do at its end.
    func announce(_ page: PageReference) {
        for peer in parts.peers.members { parts.peers.prefetch([page], at: peer) }
    }

    /// Records a file that is whole here, and returns once a majority of voters holds it.
    func stage(_ file: StagedFile) async throws(ServiceError) {
        try await save(file)
        _ = try await secure(file)
    }

    private func save(_ file: StagedFile) async throws(ServiceError) {
        try await onThreads { [self] () throws(StorageError) in
            try staging.withLock { _ throws(StorageError) in try file.save(in: parts.store) }
        }
    }

    /// Asks the other voters to hold `file`; returns with the holders once they are a majority. The others go on
    /// fetching: what they miss they fetch when the version appears.
    private func secure(_ file: StagedFile) async throws(ServiceError) -> StagedFile {
        var file = file
        if !file.isTrusted(parts.keeping, at: parts.now()) { file.holders = [parts.member] }
        guard !isMajority(file.holders) else { return file }
        let request = SecureRequest(
            project: file.project, principal: file.principal, sha256: file.sha256, size: file.size, pages: file.pages,
            source: parts.member)
        let others = voters.filter { !file.holders.contains($0) }
        let majority = voters.count / 2 + 1
        let peers = parts.peers
        var (holders, reasons): ([UInt64], [String]) = (file.holders, [])
        await withTaskGroup(of: (UInt64, String?).self) { group in
            for member in others {
                group.addTask {
                    do {
                        try await peers.secure(request, at: member, deadline: Self.securePatience)
                        return (member, nil)
                    } catch {
                        return (member, "\(error)")
                    }
                }
            }
            for await (member, failure) in group {
                if let failure { reasons.append(failure) } else { holders.append(member) }
                if holders.count >= majority { break }
            }
            group.cancelAll()
        }
        var secured = file
        (secured.holders, secured.securedAt) = (holders.sorted(), parts.now())
        guard holders.count >= majority else {
            throw .bytesNotReplicated(
                "only \(holders.count) of \(voters.count) nodes could store the file: \(reasons.joined(separator: "; "))"
            )
        }
        try await save(secured)
        return secured
    }

    private func resolve(_ files: [RegisterVersionRequest.File], project: ProjectName, principal: PrincipalName)
        async throws(ServiceError) -> (entries: [FileEntry], holders: [UInt64])
    {
        guard files.count <= Limits.standard.filesPerVersion else {
            throw .invalidRequest("a version has at most \(Limits.standard.filesPerVersion) files")
        }
        var paths: [FilePath] = []
        for file in files {
            do { paths.append(try FilePath(file.path)) } catch { throw .invalidName(error) }
        }
        if let conflict = FilePath.conflict(among: paths) { throw .invalidRequest(conflict) }
        let found = try await find(files, project: project, principal: principal)
        var entries: [FileEntry] = []
        var holders = Set(voters + [parts.member])
        for (path, file) in zip(paths, found) {
            let secured = try await secure(file)
            holders.formIntersection(secured.holders)
            entries.append(FileEntry(path: path, size: file.size, sha256: file.sha256, pages: file.pages))
        }
        // Each file is on a majority, but not the same one: ask the others for those they lack.
        if !isMajority(Array(holders)) { holders = try await secureEverywhere(found) }
        return (entries, holders.sorted())
    }

    private func secureEverywhere(_ files: [StagedFile]) async throws(ServiceError) -> Set<UInt64> {
        var holders = Set(voters)
        for file in files {
            var alone = file
            alone.holders = [parts.member]
            var held = Set(alone.holders)
            for member in voters where member != parts.member {
                let request = SecureRequest(
                    project: file.project, principal: file.principal, sha256: file.sha256, size: file.size,
                    pages: file.pages, source: parts.member)
                do {
                    try await parts.peers.secure(request, at: member, deadline: Self.securePatience)
                    held.insert(member)
                } catch {
                    parts.logger.notice("no receipt for \(file.sha256) from member \(member): \(error)")
                }
            }
            holders.formIntersection(held)
        }
        guard isMajority(Array(holders)) else {
            throw .bytesNotReplicated("no majority of nodes holds all files of the version; try again")
        }
        return holders
    }

    private func find(_ files: [RegisterVersionRequest.File], project: ProjectName, principal: PrincipalName)
        async throws(ServiceError) -> [StagedFile]
    {
        let store = parts.store
        let found = try await onThreads { () throws(StorageError) in
            var found: [StagedFile?] = []
            for file in files {
                found.append(
                    try StagedFile.find(
                        project: project, principal: principal, sha256: file.sha256, in: store))
            }
            return found
        }
        for case (let file, let staged?) in zip(files, found) where staged.size != file.size {
            throw .sizeMismatch(announced: file.size, received: staged.size)
        }
        let usable = found.map { staged in staged.flatMap { $0.isUsable(parts.keeping, at: parts.now()) ? $0 : nil } }
        let missing = zip(files, usable).filter { $1 == nil }.map(\.0.sha256)
        guard missing.isEmpty else { throw .filesNotUploaded(missing) }
        return usable.compactMap { $0 }
    }

    private var voters: [UInt64] { parts.replica.membership.voters.map(\.rawValue) }

    private func isMajority(_ members: [UInt64]) -> Bool {
        voters.filter(members.contains).count > voters.count / 2
    }
}
