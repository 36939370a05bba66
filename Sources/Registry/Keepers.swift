package import Models
package import Storage

/// The members that shall hold the bytes of a project: a majority of them must before a version appears (invariant 2).
///
/// A project that names no sites is kept by all voters, and copied by learners. One that names sites is kept by every
/// member there, whether it votes or not, and by nobody else. Versions in a stage that names sites, an archive, are kept
/// by the members there: see `Residences`.
package struct Keepers: Hashable, Sendable {
    /// Who they are, ascending.
    package let members: [UInt64]
    /// The sites that are named; nil for every site.
    package let sites: [SiteName]?
    /// The index at which they became these: receipts of before say nothing, for who holds bytes may have let them go.
    package let since: UInt64

    fileprivate init(at sites: [SiteName]?, since: UInt64, voters: [UInt64], members: [ClusterMember]) {
        self.sites = sites
        self.since = since
        if let sites {
            self.members = members.filter { !$0.isLeaving && sites.contains($0.site) }.map(\.member).sorted()
        } else {
            self.members = voters.sorted()
        }
    }

    /// Whether those of `holders` that are keepers are more than half of them. Members named twice and strangers do not
    /// count.
    package func hasMajority(_ holders: some Sequence<UInt64>) -> Bool { held(by: holders) > members.count / 2 }

    /// Why these holders do not do, or nil.
    func refusal(ofHolders holders: [UInt64]) -> Rejection? {
        guard !hasMajority(holders) else { return nil }
        guard let sites else {
            return Rejection(
                .bytesNotReplicated,
                "only \(held(by: holders)) of \(members.count) voters hold all bytes; a majority must. Upload the files again"
            )
        }
        let names = sites.map(\.text).joined(separator: ", ")
        return Rejection(
            .bytesNotReplicated,
            "only \(held(by: holders)) of \(members.count) nodes at \(names), where the project's bytes are kept, hold all of "
                + "them; a majority must. Upload the files again")
    }

    private func held(by holders: some Sequence<UInt64>) -> Int { Set(members).intersection(holders).count }
}

/// Where the bytes of versions are kept, as one state says: at the sites that a version's stage names, or else at those
/// of its project. Remembers what it read of projects.
package struct Residences {
    private struct Rules {
        let sites: [SiteName]?
        let archives: [StageName: [SiteName]]
    }

    private let catalog: Catalog
    private var rules: [ProjectName: Rules] = [:]

    /// Those that `catalog` says.
    package init(_ catalog: Catalog) { self.catalog = catalog }

    /// The sites that keep a version, in order; nil for every site.
    package mutating func sites(keeping version: VersionKey) throws(StorageError) -> [SiteName]? {
        let rules = try rules(of: version.project)
        guard !rules.archives.isEmpty, let stage = try catalog.stage(of: version)?.stage else { return rules.sites }
        return rules.archives[stage] ?? rules.sites
    }

    private mutating func rules(of project: ProjectName) throws(StorageError) -> Rules {
        if let known = rules[project] { return known }
        let read = Rules(
            sites: try catalog.project(project)?.sites, archives: try catalog.lifecycle(of: project).archives)
        rules[project] = read
        return read
    }
}

extension Catalog {
    /// Who shall hold the bytes of `project`, which need not exist, as they are registered.
    package func keepers(of project: ProjectName) throws(StorageError) -> Keepers {
        let project = try self.project(project)
        return try keepers(at: project?.sites, since: project?.sitesSince ?? 0)
    }

    /// Who shall hold bytes that these sites keep; nil for every site.
    package func keepers(at sites: [SiteName]?) throws(StorageError) -> Keepers { try keepers(at: sites, since: 0) }

    private func keepers(at sites: [SiteName]?, since: UInt64) throws(StorageError) -> Keepers {
        Keepers(
            at: sites, since: since, voters: try membership()?.voters ?? [], members: try cluster()?.members ?? [])
    }
}
