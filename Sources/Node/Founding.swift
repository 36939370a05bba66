import Foundation
import Logging
import Models
import NIOSSL
import Peering
import StorageRocksDB

/// What a node is when it starts: its place and its credentials, from its configuration, or made for a cluster of one.
struct Founding {
    let place: Place
    let credentials: PeerCredentials

    /// TLS for clients of the API.
    var apiTLS: TLSConfiguration { credentials.apiConfiguration }

    init(_ configuration: NodeConfiguration, logger: Logger) throws {
        guard let cluster = configuration.cluster else {
            self = try Self.alone(in: configuration.dataDirectory, logger)
            return
        }
        credentials = try PeerCredentials(directory: cluster.certificatesDirectory)
        place = Place(
            identity: PeerIdentity(cluster: cluster.id, site: cluster.node.site, node: cluster.node.node),
            node: cluster.node, topology: cluster.topology, administrator: try PrincipalName("administrator"),
            administratorTokenDigest: cluster.administratorTokenDigest)
    }

    private init(place: Place, credentials: PeerCredentials) {
        self.place = place
        self.credentials = credentials
    }

    /// A cluster of one, founded at the first start: identity, certificates, token and the context that `peerage` reads
    /// are files in the data directory.
    private static func alone(in directory: String, _ logger: Logger) throws -> Founding {
        try DataDirectory.create(at: directory)
        var generator = SystemRandomNumberGenerator()
        let drawn = UniqueID(using: &generator).description
        let text = try keep(drawn, at: directory + "/cluster-id")
        guard let id = UniqueID(text) else {
            throw NodeConfiguration.Invalid("\(directory)/cluster-id does not hold 32 hexadecimal digits")
        }
        let node = Topology.Node(
            member: 1, node: try NodeName("local-1"), site: try SiteName("local"),
            api: .init(host: "127.0.0.1", port: 7_441), peer: .init(host: "127.0.0.1", port: 7_442), voter: true)
        let identity = PeerIdentity(cluster: id, site: node.site, node: node.node)
        let certificates = directory + "/certificates"
        if !FileManager.default.fileExists(atPath: certificates + "/node.pem") {
            try Certificates.createAuthority(of: id, in: directory + "/ca")
            try Certificates.issue(
                cluster: id, site: node.site, node: node.node, hosts: ["127.0.0.1", "::1", "localhost"],
                by: directory + "/ca", to: certificates)
        }
        let secret = UniqueID(using: &generator).description + UniqueID(using: &generator).description
        let token = try keep("peerage_" + secret, at: directory + "/administrator-token")
        let authority = URL(filePath: certificates + "/ca.pem").standardizedFileURL.path
        _ = try keep(
            "{\"servers\": {\"local\": \"https://\(node.api)\"}, \"token\": \"\(token)\", \"ca\": \"\(authority)\"}",
            at: directory + "/context.json")
        logger.notice("a cluster of one; reach it with PEERAGE_CONTEXT=\(directory)/context.json peerage list")
        return Founding(
            place: Place(
                identity: identity, node: node, topology: Topology(name: "alone", nodes: [node]),
                administrator: try PrincipalName("administrator"),
                administratorTokenDigest: Digest(of: Array(token.utf8))),
            credentials: try PeerCredentials(directory: certificates))
    }

    /// What the file at `path` holds; `text`, which is then written to it, when there is none. For this user's eyes only.
    private static func keep(_ text: String, at path: String) throws -> String {
        if FileManager.default.fileExists(atPath: path) {
            return try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let created = FileManager.default.createFile(
            atPath: path, contents: Data((text + "\n").utf8), attributes: [.posixPermissions: 0o600])
        guard created else { throw NodeConfiguration.Invalid("\(path) cannot be written") }
        return text
    }
}
