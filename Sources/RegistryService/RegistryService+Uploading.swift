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
    package func beginUpload(
        project: ProjectName, sha256: Digest, size: UInt64, as principal: Principal, _ consistency: Consistency
    ) async throws(ServiceError) -> Upload {
        try await becomeFresh(consistency)
        let file = AnnouncedFile(project: project, principal: principal.name, sha256: sha256, size: size)
        if try isKept(project) { return try ownUpload(file) }
        try check(file)
        return Upload(file, service: self, to: try await handOver(file, to: keepers(of: project)))
    }

    /// An upload of a file that this node keeps.
    func ownUpload(_ file: AnnouncedFile) throws(ServiceError) -> Upload {
        try check(file)
        if case .full(let detail) = parts.replica.health { throw .diskFull(detail) }
        return Upload(file, keptBy: self)
    }

    /// Refuses at once what could not be registered.
    private func check(_ file: AnnouncedFile) throws(ServiceError) {
        guard file.size <= Limits.standard.fileBytes else {
            throw .invalidRequest("a file has at most \(Limits.standard.fileBytes) bytes")
        }
        let refusal: Rejection?
        do throws(StorageError) {
            refusal = try Catalog(parts.store).refusal(ofContent: file.sha256, size: file.size, in: file.project)
        } catch {
            throw ServiceError(error)
        }
        if let refusal { throw .rejected(refusal) }
    }

    /// The files that a delta copies bytes from, in order. Throws `ServiceError.notFound` for one that is not there.
    package func files(
        _ sources: [Delta.Source], for principal: Principal, _ consistency: Consistency
    ) async throws(ServiceError) -> [ProjectFile] {
        guard sources.count <= Limits.standard.filesPerVersion else {
            throw .invalidRequest("a delta has at most \(Limits.standard.filesPerVersion) sources")
        }
        return try await read(consistency, for: principal) { catalog in
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
                return ProjectFile(project: source.project, file: file)
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
        let keepers = try keepers(of: project)
        guard let staged, keepers.hasMajority(staged.holders(among: keepers)),
            staged.isUsable(parts.keeping, at: parts.now())
        else {
            return nil
        }
        return UploadedFile(sha256: staged.sha256, size: staged.size)
    }

    /// Makes uploaded files a version: collects receipts for all their bytes, then proposes it.
    package func register(
        _ request: RegisterVersionRequest, project: ProjectName, model: ModelName, as principal: Principal, key: String?
    ) async throws(ServiceError) -> Written<VersionDescription> {
        let metadata = request.metadata ?? .object([:])
        // The log would refuse it too, if it could read it: an entry nested deeper than that is not decoded, and a schema
        // is held against what has a bound.
        if let problem = RegisterVersion.problem(ofMetadata: metadata) { throw .rejected(Rejection(.invalid, problem)) }
        let files = try await resolve(request.files, project: project, principal: principal.name)
        var aliases: [AliasName] = []
        for alias in request.aliases ?? [] {
            do { aliases.append(try AliasName(alias)) } catch { throw .invalidName(error) }
        }
        let inspection = try await inspect(files.entries, of: project)
        let (level, refused) = try reading { catalog throws(StorageError) in
            (try catalog.level(), try catalog.project(project)?.refuses ?? Project.standardRefusals)
        }
        let isKnown = level >= Command.levelOfInspections
        // Else the log decides, and leaves a record of it.
        if !isKnown, let refusal = inspection.refusal(refusing: refused) { throw .rejected(refusal) }
        let written = try await checked(before: nil, in: project) { _ in
            metadata
        } command: { check in
            .registerVersion(
                RegisterVersion(
                    project: project, model: model, files: files.entries, metadata: metadata,
                    tags: request.tags ?? [:], message: request.message ?? "", aliases: aliases,
                    holders: files.holders, inspection: isKnown ? inspection : nil, check: check))
        } execute: { command throws(ServiceError) in
            try await execute(command, as: principal, key: key)
        }
        guard case .version(let project, let model, let number, _) = written.value else {
            throw .nodeUnavailable("the outcome of the registration is not a version")
        }
        let answer = try await read(.session(atLeast: written.index), for: principal) {
            try $0.describe(project, model, .number(number))
        }
        return Written(value: answer.value, index: written.index)
    }

    /// This node holds every byte of a file that was uploaded elsewhere: the client may go on here.
    package func didStage(_ request: SecureRequest) async throws(ServiceError) {
        try await save(
            StagedFile(
                project: request.project, principal: request.principal, sha256: request.sha256, size: request.size,
                pages: request.pages, holders: Set([request.source, parts.member]).sorted(), securedAt: parts.now(),
                securedIndex: parts.replica.status.appliedIndex))
    }

    /// Notes a page of a file that is still coming in, and hints that it can be fetched: peers then have little to do at
    /// the file's end, and the client can go on there.
    func announce(_ page: ReceivedPage) async throws(ServiceError) {
        await didReceive(page)
        let keepers = try keepers(of: page.file.project)
        // Older builds know no such hint.
        let isKnown = try reading { catalog throws(StorageError) in try catalog.level() } >= Command.levelOfProjects
        // Without a rule learners keep it as well.
        for peer in keepers.sites == nil ? parts.peers.members : others(of: keepers) {
            if isKnown { parts.peers.announce(page, to: peer) } else { parts.peers.prefetch([page.page], at: peer) }
        }
    }

    /// Records a file that is whole at its holders, and returns once a majority of its keepers holds it.
    func stage(_ file: StagedFile) async throws(ServiceError) -> StagedFile {
        try await save(file)
        return try await secure(file, keepers(of: file.project))
    }

    private func save(_ file: StagedFile) async throws(ServiceError) {
        try await onThreads { [self] () throws(StorageError) in
            try staging.withLock { _ throws(StorageError) in try file.save(in: parts.store) }
            // Of the only page of a file hardly ever a note was taken, and that one is forgotten in time.
            if file.pages.count > 1 {
                try ReceivedPages.forget(file.upload, pages: UInt64(file.pages.count), in: parts.store)
            }
        }
    }

    /// Asks the other keepers to hold `file`; returns with the holders once they are a majority. The others go on
    /// fetching: what they miss they fetch when the version appears.
    private func secure(_ file: StagedFile, _ keepers: Keepers) async throws(ServiceError) -> StagedFile {
        var file = file
        file.holders = file.holders(among: keepers)
        if !file.isTrusted(parts.keeping, at: parts.now()) { file.holders = file.holders.filter { $0 == parts.member } }
        guard !keepers.hasMajority(file.holders) else { return file }
        let index = parts.replica.status.appliedIndex
        let (held, reasons) = await ask(keepers.members.filter { !file.holders.contains($0) }, for: file) {
            keepers.hasMajority(file.holders + $0)
        }
        file.holders = (file.holders + held).sorted()
        (file.securedAt, file.securedIndex) = (parts.now(), index)
        guard keepers.hasMajority(file.holders) else {
            throw .bytesNotReplicated(
                "only \(file.holders.count) of the \(keepers.members.count) nodes that keep the file could store it: "
                    + reasons.joined(separator: "; "))
        }
        try await save(file)
        return file
    }

    /// Asks members to hold a file, until `isEnough` of those that do. Returns them, and what the others said.
    private func ask(
        _ members: [UInt64], for file: StagedFile, until isEnough: ([UInt64]) -> Bool
    ) async -> (holders: [UInt64], reasons: [String]) {
        let request = secureRequest(for: file)
        var (holders, reasons): ([UInt64], [String]) = ([], [])
        await withTaskGroup(of: (UInt64, String?).self) { group in
            for member in members {
                group.addTask {
                    do {
                        try await self.secure(request, at: member)
                        return (member, nil)
                    } catch {
                        return (member, "\(error)")
                    }
                }
            }
            for await (member, failure) in group {
                if let failure { reasons.append(failure) } else { holders.append(member) }
                if isEnough(holders) { break }
            }
            group.cancelAll()
        }
        return (holders, reasons)
    }

    /// Returns once `member`, which may be this one, holds what is asked for.
    private func secure(_ request: SecureRequest, at member: UInt64) async throws {
        guard member == parts.member else {
            try await parts.peers.secure(request, at: member, deadline: Self.securePatience)
            return
        }
        let (transfer, chunks) = (parts.peers.transfer, parts.chunks)
        try await transfer.ensure(pages: request.pages, from: parts.peers.members, for: .client)
        try await onThreads { () throws(StorageError) in try chunks.secure() }
    }

    private func secureRequest(for file: StagedFile) -> SecureRequest {
        SecureRequest(
            project: file.project, principal: file.principal, sha256: file.sha256, size: file.size, pages: file.pages,
            source: file.holders.contains(parts.member) ? parts.member : file.holders.first ?? parts.member)
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
        let keepers = try keepers(of: project)
        var entries: [FileEntry] = []
        var holders = Set(keepers.members)
        for (path, file) in zip(paths, found) {
            let secured = try await secure(file, keepers)
            holders.formIntersection(secured.holders)
            entries.append(FileEntry(path: path, size: file.size, sha256: file.sha256, pages: file.pages))
        }
        // Each file is on a majority, but not the same one: ask the others for those they lack.
        if !keepers.hasMajority(holders) { holders = try await secureEverywhere(found, keepers) }
        return (entries, holders.sorted())
    }

    private func secureEverywhere(_ files: [StagedFile], _ keepers: Keepers) async throws(ServiceError) -> Set<UInt64> {
        var holders = Set(keepers.members)
        for file in files {
            let own = file.holders(among: keepers).filter { $0 == parts.member }
            let (held, reasons) = await ask(keepers.members.filter { !own.contains($0) }, for: file) { _ in false }
            if !reasons.isEmpty {
                parts.logger.notice("not every receipt for \(file.sha256): \(reasons.joined(separator: "; "))")
            }
            holders.formIntersection(own + held)
        }
        guard keepers.hasMajority(holders) else {
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
}
