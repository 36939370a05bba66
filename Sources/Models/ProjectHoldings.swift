/// Who holds the bytes of a project's files: the answer to “where are they?”.
public struct ProjectHoldings: Hashable, Sendable, Codable {
    /// What one node holds.
    public struct Node: Hashable, Sendable, Codable {
        /// Its name.
        public let node: NodeName
        /// Its site.
        public let site: SiteName
        /// Whether it shall hold them.
        public let isKeeper: Bool
        /// Bytes that it shall hold: all of the project, but for what archives at other sites keep; 0 when it is no
        /// keeper, nil from a node that does not tell. Pages that files share count once.
        public let keptBytes: UInt64?
        /// Bytes that it holds; nil when it did not answer. What it has for other projects is among them.
        public var heldBytes: UInt64?
        /// Whether that is everything it shall hold, or, for one that is no keeper, everything; nil when it did not answer.
        /// Of a project without files every node holds everything, and none is asked.
        public var isWhole: Bool?
        /// Why it did not answer; nil when it did.
        public var problem: String?

        enum CodingKeys: String, CodingKey {
            case node, site, problem
            case isKeeper = "keeper"
            case keptBytes = "kept_bytes"
            case heldBytes = "held_bytes"
            case isWhole = "whole"
        }

        /// A node that was not asked yet.
        package init(node: NodeName, site: SiteName, isKeeper: Bool, keptBytes: UInt64) {
            self.node = node
            self.site = site
            self.isKeeper = isKeeper
            self.keptBytes = keptBytes
        }
    }

    /// The project.
    public let project: ProjectName
    /// The sites that hold its bytes; nil for every site.
    public let sites: [SiteName]?
    /// Bytes of its files, as they are stored before compression: pages that files share count once.
    public let totalBytes: UInt64
    /// Every node of the cluster.
    public let nodes: [Node]

    enum CodingKeys: String, CodingKey {
        case project, sites, nodes
        case totalBytes = "total_bytes"
    }

    /// What `nodes` said.
    package init(project: ProjectName, sites: [SiteName]?, totalBytes: UInt64, nodes: [Node]) {
        self.project = project
        self.sites = sites
        self.totalBytes = totalBytes
        self.nodes = nodes
    }
}
