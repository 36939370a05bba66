package import Models

/// The members that shall hold the bytes of a project: a majority of them must before a version appears (invariant 2).
///
/// A project that names no sites is kept by all voters, and copied by learners. One that names sites is kept by every
/// member there, whether it votes or not, and by nobody else.
package struct Keepers: Hashable, Sendable {
    /// Who they are, ascending.
    package let members: [UInt64]
    /// The sites the project names; nil for every site.
    package let sites: [SiteName]?
    /// The index at which they became these: receipts of before say nothing, for who holds bytes may have let them go.
    package let since: UInt64

    init(of project: Project?, voters: [UInt64], members: [ClusterMember]) {
        sites = project?.sites
        since = project?.sitesSince ?? 0
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
