package import Models
package import Peering
import Registry
import Storage

/// Where the bytes of a project are kept: see `Keepers`. A node that does not keep them passes them through, both ways.
///
/// Bytes of an archived version (`Residences`) that somebody reads at a node which keeps its project are kept there, too,
/// until it collects what leaves: who reads them once does so again.
extension RegistryService {
    /// Who shall hold the bytes of `project`.
    func keepers(of project: ProjectName) throws(ServiceError) -> Keepers {
        do { return try Catalog(parts.store).keepers(of: project) } catch { throw ServiceError(error) }
    }

    /// Who shall hold what these sites keep; nil for every site.
    func keepers(at sites: [SiteName]?) throws(ServiceError) -> Keepers {
        do { return try Catalog(parts.store).keepers(at: sites) } catch { throw ServiceError(error) }
    }

    /// Whether this node is one of them, or may be: without a rule every node is.
    func isKept(_ project: ProjectName) throws(ServiceError) -> Bool {
        do { return try Catalog(parts.store).project(project)?.isKept(at: parts.identity.site) ?? true } catch {
            throw ServiceError(error)
        }
    }

    /// The sites that keep a version which this node does not keep; nil for one that it keeps.
    package func sites(keepingElsewhere version: Version) throws(ServiceError) -> [SiteName]? {
        guard let sites = try sites(keeping: VersionKey(version)), !sites.contains(parts.identity.site) else {
            return nil
        }
        return sites
    }

    private func sites(keeping version: VersionKey) throws(ServiceError) -> [SiteName]? {
        do {
            var residences = Residences(Catalog(parts.store))
            return try residences.sites(keeping: version)
        } catch { throw ServiceError(error) }
    }

    /// Whether this node keeps a version, or may.
    func isKept(_ version: VersionKey) throws(ServiceError) -> Bool {
        try sites(keeping: version)?.contains(parts.identity.site) ?? true
    }

    /// Whether this node keeps a project, for a peer; a state that cannot be read keeps nothing.
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
            // For people what is not here counts as nothing: its chunks may be here for others, and nobody is asked for it.
            if !request.isReliedOn {
                guard try await onThreads({ () throws(StorageError) in try isHere(page.id) }) else {
                    sum.totalBytes += page.size
                    sum.isWhole = false
                    continue
                }
            }
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
            (try catalog.existing(project), try catalog.cluster()?.members ?? [], try catalog.homes(of: project))
        }
        let (found, members, homes) = answer.value
        let nodes = await withTaskGroup(of: ProjectHoldings.Node.self) { group in
            for member in members where !member.isLeaving {
                group.addTask { await self.holdings(of: found, homes, member) }
            }
            return await group.reduce(into: [ProjectHoldings.Node]()) { $0.append($1) }
        }
        let holdings = ProjectHoldings(
            project: project, sites: found.sites, totalBytes: homes.sizes.values.reduce(0, +),
            nodes: nodes.sorted { $0.node.text < $1.node.text })
        return Answer(value: holdings, appliedIndex: answer.appliedIndex, isStale: answer.isStale)
    }

    private func holdings(of project: Project, _ homes: Homes, _ member: ClusterMember) async -> ProjectHoldings.Node {
        let (kept, others) = homes.pages(at: member.site)
        var node = ProjectHoldings.Node(
            node: member.node, site: member.site, isKeeper: project.isKept(at: member.site),
            keptBytes: kept.reduce(0) { $0 + $1.size })
        do {
            let inventory = try await inventory(InventoryRequest(pages: kept, isReliedOn: false), at: member.member)
            let rest = try await self.inventory(InventoryRequest(pages: others, isReliedOn: false), at: member.member)
            node.heldBytes = inventory.heldBytes + rest.heldBytes
            node.isWhole = inventory.isWhole && (node.isKeeper || rest.isWhole)
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
            var ruled: [(ProjectName, Keepers, [PageReference])] = []
            for project in try catalog.allProjects() where project.sitesSince != nil {
                for (sites, pages) in try catalog.homes(of: project.name).pages {
                    ruled.append((project.name, try catalog.keepers(at: sites), Array(pages)))
                }
            }
            return ruled
        }.value
        // Of the last keeper the log says more.
        for (project, keepers, pages) in ruled where !pages.isEmpty && keepers.members != [leaving.member] {
            guard await isHeld(pages, by: keepers, without: leaving.member) else {
                throw .preconditionFailed(
                    "without “\(node)” no majority of the nodes that keep project “\(project)” holds all its bytes; see peerage project "
                        + "holdings \(project). Wait for them, or use force")
            }
        }
    }
}

/// The pages of all files of a project, by the sites that keep them; nil for every site.
private struct Homes {
    var pages: [[SiteName]?: Set<PageReference>] = [:]

    /// The bytes of each page.
    var sizes: [PageReference: UInt64] {
        pages.values.reduce(into: [:]) { sizes, pages in for page in pages { sizes[page] = page.size } }
    }

    /// Those that nodes of `site` keep, and those that they do not.
    func pages(at site: SiteName) -> (kept: [PageReference], others: [PageReference]) {
        var (kept, others): (Set<PageReference>, Set<PageReference>) = ([], [])
        for (sites, pages) in pages {
            if sites?.contains(site) ?? true { kept.formUnion(pages) } else { others.formUnion(pages) }
        }
        return (Array(kept), Array(others.subtracting(kept)))
    }
}

extension Catalog {
    /// The pages of all files of all versions of a project, also of those that can be taken back.
    fileprivate func homes(of project: ProjectName) throws(StorageError) -> Homes {
        var (residences, homes) = (Residences(self), Homes())
        try forEachKeptVersion(of: project) { version throws(StorageError) in
            let sites = try residences.sites(keeping: VersionKey(version))
            homes.pages[sites, default: []].formUnion(version.files.flatMap(\.pages))
        }
        return homes
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
