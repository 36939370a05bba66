package import Models
package import Peering
import Registry
import Storage

/// Where the bytes of a project are kept: see `Keepers`. A node that does not keep them passes them through, both ways.
extension RegistryService {
    /// Who shall hold the bytes of `project`.
    func keepers(of project: ProjectName) throws(ServiceError) -> Keepers {
        do { return try Catalog(parts.store).keepers(of: project) } catch { throw ServiceError(error) }
    }

    /// Whether this node is one of them, or may be: without a rule every node is.
    func isKept(_ project: ProjectName) throws(ServiceError) -> Bool {
        do { return try Catalog(parts.store).project(project)?.isKept(at: parts.identity.site) ?? true } catch {
            throw ServiceError(error)
        }
    }

    /// The same, for a peer; a state that cannot be read keeps nothing.
    package func keeps(_ project: ProjectName) -> Bool {
        // Probe: what is not taken now is asked for again.
        (try? isKept(project)) ?? false
    }

    /// The keepers' members but for this node.
    func others(of keepers: Keepers) -> [UInt64] { keepers.members.filter { $0 != parts.member } }

    /// Hands a file over, while it comes in, to a node that keeps it.
    func handOver(_ handover: AnnouncedFile, to keepers: Keepers) async throws(ServiceError) -> HandoverSender {
        let others = others(of: keepers)
        guard !others.isEmpty else {
            throw .bytesNotReplicated(
                "there is no node at the sites that keep the bytes of project “\(handover.project)”; change its sites")
        }
        do throws(PeerError) { return try await parts.peers.handOver(handover, to: others) } catch {
            throw .bytesNotReplicated(
                "this node does not keep the bytes of project “\(handover.project)”, and no node that does took the file: \(error)"
            )
        }
    }

    /// Takes a file in that a peer hands over, and stages it here and on a majority of those that keep it.
    package func takeOver(_ handover: AnnouncedFile, _ bytes: HandoverBytes) async throws -> HandedOver {
        do throws(ServiceError) {
            // The peer may know of a rule that this node has not heard of.
            try await becomeFresh(.linearizable)
            guard try isKept(handover.project) else {
                throw .nodeUnavailable("this node does not keep the bytes of project “\(handover.project)” either")
            }
            let upload = try ownUpload(handover)
            while let piece = try await next(of: bytes) { try await upload.append(piece) }
            let staged = try await upload.finishAndStage()
            return HandedOver(pages: staged.pages, holders: staged.holders)
        } catch {
            throw PeerError.refused(error.words)
        }
    }

    private func next(of bytes: HandoverBytes) async throws(ServiceError) -> [UInt8]? {
        do throws(PeerError) { return try await bytes.next() } catch { throw .nodeUnavailable("\(error)") }
    }

    /// How much of some pages this node holds, safely.
    package func inventory(_ request: InventoryRequest) async throws -> Inventory {
        let chunks = parts.chunks
        @Sendable func isHere(_ id: ChunkID) throws(StorageError) -> Bool {
            let key = ChunkKey(id.bytes)
            return request.isReliedOn ? try chunks.contains(key) : try chunks.isPresent(key)
        }
        var sum = Inventory()
        for page in request.pages {
            let references = try await references(of: page, isKept: false)
            sum += try await onThreads { () throws(StorageError) in
                var found = Inventory()
                found.totalBytes = page.size
                found.isWhole = try isHere(page.id)
                for chunk in references {
                    guard try isHere(chunk.id) else {
                        found.isWhole = false
                        continue
                    }
                    found.heldBytes += UInt64(chunk.size)
                }
                return found
            }
        }
        // What was found may just have been written.
        try await onThreads { () throws(StorageError) in try chunks.secure() }
        return sum
    }

    /// How much of a project's bytes each node holds, by its own word.
    package func holdings(
        of project: ProjectName, for principal: Principal, _ consistency: Consistency
    ) async throws(ServiceError) -> Answer<ProjectHoldings> {
        let answer = try await read(consistency, for: principal) { catalog in
            (try catalog.existing(project), try catalog.cluster()?.members ?? [], try catalog.pages(of: project))
        }
        let (found, members, pages) = answer.value
        let nodes = await withTaskGroup(of: ProjectHoldings.Node.self) { group in
            for member in members where !member.isLeaving {
                group.addTask { await self.holdings(of: found, pages, member) }
            }
            return await group.reduce(into: [ProjectHoldings.Node]()) { $0.append($1) }
        }
        let holdings = ProjectHoldings(
            project: project, sites: found.sites, totalBytes: pages.reduce(0) { $0 + $1.size },
            nodes: nodes.sorted { $0.node.text < $1.node.text })
        return Answer(value: holdings, appliedIndex: answer.appliedIndex, isStale: answer.isStale)
    }

    private func holdings(of project: Project, _ pages: [PageReference], _ member: ClusterMember) async
        -> ProjectHoldings.Node
    {
        var node = ProjectHoldings.Node(
            node: member.node, site: member.site, isKeeper: project.isKept(at: member.site))
        do {
            let inventory = try await inventory(
                InventoryRequest(pages: pages, isReliedOn: false), at: member.member)
            (node.heldBytes, node.isWhole) = (inventory.heldBytes, inventory.isWhole)
        } catch {
            node.problem = "\(error)"
        }
        return node
    }

    private func inventory(_ request: InventoryRequest, at member: UInt64) async throws -> Inventory {
        if member == parts.member { return try await inventory(request) }
        return try await parts.peers.inventory(request, at: member, deadline: Self.inventoryPatience)
    }

    /// How long a node may take to look for the chunks of `PeerLimits.pagesPerInventory` pages.
    private static let inventoryPatience: Duration = .seconds(60)

    /// Whether a majority of `keepers`, but for `leaving`, says that it holds everything of `pages`.
    func isHeld(_ pages: [PageReference], by keepers: Keepers, without leaving: UInt64? = nil) async -> Bool {
        let request = InventoryRequest(pages: pages, isReliedOn: true)
        let members = keepers.members.filter { $0 != leaving }
        let holders = await withTaskGroup(of: UInt64?.self) { group in
            for member in members {
                group.addTask {
                    // Probe: one that does not answer does not count.
                    let inventory = try? await self.inventory(request, at: member)
                    return inventory?.isWhole == true ? member : nil
                }
            }
            return await group.reduce(into: [UInt64]()) { if let member = $1 { $0.append(member) } }
        }
        return Set(holders).count > members.count / 2
    }

    /// Those who stay must hold the bytes of projects that have, or had, sites of their own.
    func expectHeld(without node: NodeName) async throws(ServiceError) {
        guard let leaving = try members().first(where: { $0.node == node && !$0.isLeaving }) else { return }
        let ruled = try await read(.linearizable) { catalog in
            try catalog.allProjects().filter { $0.sitesSince != nil }.map { project in
                (project.name, try catalog.keepers(of: project.name), try catalog.pages(of: project.name))
            }
        }.value
        for (project, keepers, pages) in ruled where !pages.isEmpty {
            guard await isHeld(pages, by: keepers, without: leaving.member) else {
                throw .preconditionFailed(
                    "without “\(node)” no majority of the nodes that keep project “\(project)” holds all its bytes; see peerage project "
                        + "holdings \(project). Wait for them, or use force")
            }
        }
    }
}

extension Catalog {
    /// The pages of all files of all versions of a project, each once.
    fileprivate func pages(of project: ProjectName) throws -> [PageReference] {
        var (seen, pages): (Set<ChunkID>, [PageReference]) = ([], [])
        try forEachVersion(of: project) { version in
            for page in version.files.flatMap(\.pages) where seen.insert(page.id).inserted { pages.append(page) }
            return true
        }
        return pages
    }
}

extension ServiceError {
    /// What went wrong, for another node to pass on.
    fileprivate var words: String {
        switch self {
        case .diskFull(let detail): "its disk is full (\(detail))"
        case .rejected(let rejection): rejection.detail
        case .invalidName(let error): error.description
        case .unauthenticated: "it knows no such token"
        case .digestMismatch, .sizeMismatch: "other bytes came than were announced"
        case .filesNotUploaded: "the file was not uploaded"
        case .noLeader: "no majority of voters can be reached from there"
        case .unknownOutcome: "it is not known what came of it"
        case .overloaded: "it has too much to do"
        case .bytesNotReplicated(let detail), .bytesUnavailable(let detail), .nodeUnavailable(let detail),
            .storage(let detail), .invalidRequest(let detail), .notFound(let detail),
            .preconditionFailed(let detail):
            detail
        }
    }
}
