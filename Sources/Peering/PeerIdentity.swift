package import Models

/// Who a node is, as its certificate says: which cluster, which site, which node.
///
/// Written as a URI among the certificate's subject alternative names: `peerage://CLUSTER/SITE/NODE`, the cluster in 32
/// hexadecimal digits.
package struct PeerIdentity: Hashable, Sendable, CustomStringConvertible {
    /// The cluster.
    package let cluster: UniqueID
    /// The site within it.
    package let site: SiteName
    /// The node, unique in its cluster.
    package let node: NodeName

    private static let scheme = "peerage://"

    /// The node called `node` at `site` of `cluster`.
    package init(cluster: UniqueID, site: SiteName, node: NodeName) {
        self.cluster = cluster
        self.site = site
        self.node = node
    }

    /// Reads `peerage://CLUSTER/SITE/NODE`; nil for anything else, other spellings of the same included.
    package init?(uri: String) {
        guard uri.hasPrefix(Self.scheme) else { return nil }
        let parts = uri.dropFirst(Self.scheme.count).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let cluster = UniqueID(String(parts[0])) else { return nil }
        do {
            self.init(
                cluster: cluster, site: try SiteName(String(parts[1])), node: try NodeName(String(parts[2])))
        } catch {
            return nil
        }
        // One identity, one spelling: upper-case digits would name the same cluster by other bytes.
        guard self.uri == uri else { return nil }
    }

    /// `peerage://CLUSTER/SITE/NODE`.
    package var uri: String { "\(Self.scheme)\(cluster)/\(site)/\(node)" }

    package var description: String { uri }
}
