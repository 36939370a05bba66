/// What a cluster is, as data: `cluster/topologies/*.json`. `peerage serve`, the simulator and the process tests read
/// the same files.
public struct Topology: Hashable, Sendable, Codable {
    /// A place to listen at and be reached at.
    public struct Address: Hashable, Sendable, Codable, CustomStringConvertible {
        /// A host name or an IP address.
        public let host: String
        /// A TCP port.
        public let port: Int

        /// The address `host:port`.
        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// Reads `host:port`, an IPv6 address in brackets; nil for anything else.
        public init?(_ text: String) {
            guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0
            else { return nil }
            let written = text[..<colon]
            let isBracketed = written.hasPrefix("[") && written.hasSuffix("]")
            let host = isBracketed ? written.dropFirst().dropLast() : written
            guard !host.isEmpty else { return nil }
            self.init(host: String(host), port: Int(port))
        }

        /// Reads `https://host:port`; nil for anything else.
        public init?(endpoint: String) {
            guard endpoint.hasPrefix("https://") else { return nil }
            self.init(String(endpoint.dropFirst(8)))
        }

        /// `https://host:port`, as members tell it to one another.
        public var endpoint: String { "https://\(self)" }

        /// `host:port`, with brackets around an IPv6 address.
        public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// One node.
    public struct Node: Hashable, Sendable, Codable {
        /// Its member id: a number from 1 that is never used again.
        public let member: UInt64
        /// Its name.
        public let node: NodeName
        /// Its site.
        public let site: SiteName
        /// Where clients reach it.
        public let api: Address
        /// Where other nodes reach it.
        public let peer: Address
        /// Whether it votes; a learner only follows.
        public let voter: Bool

        /// A node as described.
        public init(member: UInt64, node: NodeName, site: SiteName, api: Address, peer: Address, voter: Bool) {
            self.member = member
            self.node = node
            self.site = site
            self.api = api
            self.peer = peer
            self.voter = voter
        }
    }

    /// What the topology is called.
    public let name: String
    /// The nodes.
    public let nodes: [Node]

    /// A topology of `nodes`.
    public init(name: String, nodes: [Node]) {
        self.name = name
        self.nodes = nodes
    }

    /// Why no cluster can be run like this, or nil.
    public var problem: String? {
        if nodes.isEmpty { return "it has no nodes" }
        if !nodes.contains(where: \.voter) { return "it has no voter" }
        if nodes.contains(where: { $0.member == 0 }) { return "member ids begin at 1" }
        if Set(nodes.map(\.member)).count < nodes.count { return "two nodes have the same member id" }
        if Set(nodes.map(\.node)).count < nodes.count { return "two nodes have the same name" }
        return nil
    }

    /// Why not all nodes can be reached, or nil. A cluster that runs may come to this, by a node that was given a wrong
    /// address.
    public var addressProblem: String? {
        let addresses = nodes.flatMap { [$0.api, $0.peer] }
        let shared = addresses.first { address in addresses.count { $0 == address } > 1 }
        return shared.map { shared in
            let names = nodes.filter { $0.api == shared || $0.peer == shared }.map(\.node.text)
            return "\(shared) is given more than once: see \(names.joined(separator: " and "))"
        }
    }
}
