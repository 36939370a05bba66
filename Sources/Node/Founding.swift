import Foundation
import Logging
import Models
import Peering
import StorageRocksDB

/// What a node is when it starts: its place and its credentials, from its configuration, from its data directory, from
/// an invitation, or made for a cluster of one.
struct Founding {
    let place: Place
    let credentials: CredentialsFile

    init(_ configuration: NodeConfiguration, logger: Logger) async throws {
        let directory = configuration.dataDirectory
        guard !FileManager.default.fileExists(atPath: directory + NewCluster.marker) else {
            throw NodeConfiguration.Invalid(
                "\(directory) is being restored, or a restore was cut off: run peerage restore again")
        }
        if let cluster = configuration.cluster {
            credentials = try CredentialsFile(directory: cluster.certificatesDirectory)
            place = Place(
                identity: PeerIdentity(cluster: cluster.id, site: cluster.node.site, node: cluster.node.node),
                node: cluster.node, topology: cluster.topology, administrator: try PrincipalName("administrator"),
                administratorTokenDigest: cluster.administratorTokenDigest,
                authorityDirectory: configuration.authorityDirectory)
            return
        }
        let file = try await Self.placeFile(configuration, logger)
        let own = try file.own(api: configuration.api, peer: configuration.peer)
        let token = try Self.token(in: directory)
        let authority = directory + "/ca"
        credentials = try CredentialsFile(directory: directory + "/certificates")
        place = Place(
            identity: PeerIdentity(cluster: file.cluster, site: own.site, node: own.node), node: own,
            topology: file.topology, administrator: try PrincipalName("administrator"),
            administratorTokenDigest: token.map { Digest(of: Array($0.utf8)) },
            authorityDirectory: configuration.authorityDirectory
                ?? (FileManager.default.fileExists(atPath: authority + "/ca-key.pem") ? authority : nil))
        if let token { try Self.writeContext(in: directory, own, token, logger) }
    }

    private static func placeFile(_ configuration: NodeConfiguration, _ logger: Logger) async throws -> PlaceFile {
        let directory = configuration.dataDirectory
        if let known = try PlaceFile.read(in: directory) {
            if let invitation = configuration.invitationFile { try known.expect(invitation) }
            return known
        }
        guard configuration.invitationFile == nil || !FileManager.default.fileExists(atPath: directory + "/store")
        else { throw NodeConfiguration.Invalid("\(directory) holds another node's data: join with an empty directory") }
        guard let invitation = configuration.invitationFile else { return try alone(configuration) }
        guard let api = configuration.api, let peer = configuration.peer else {
            throw NodeConfiguration.Invalid(
                "with --join also give --api and --peer: the HOST:PORT at which clients and other nodes reach this node"
            )
        }
        return try await Joining.join(invitation, api: api, peer: peer, in: directory, logger)
    }

    /// A cluster of one, founded at the first start: identity, authority, certificates and token are files in the data
    /// directory.
    private static func alone(_ configuration: NodeConfiguration) throws -> PlaceFile {
        let directory = configuration.dataDirectory
        try DataDirectory.create(at: directory)
        var generator = SystemRandomNumberGenerator()
        let text = try keep(UniqueID(using: &generator).description, at: directory + "/cluster-id")
        guard let id = UniqueID(text) else {
            throw NodeConfiguration.Invalid("\(directory)/cluster-id does not hold 32 hexadecimal digits")
        }
        let node = Topology.Node(
            member: 1, node: try NodeName("local-1"), site: try SiteName("local"),
            api: configuration.api ?? .init(host: "127.0.0.1", port: 7_441),
            peer: configuration.peer ?? .init(host: "127.0.0.1", port: 7_442), voter: true)
        let certificates = directory + "/certificates"
        if !FileManager.default.fileExists(atPath: certificates + "/node.pem") {
            try Certificates.createAuthority(of: id, in: directory + "/ca")
            try Certificates.issue(
                cluster: id, site: node.site, node: node.node, hosts: [node.api.host, "127.0.0.1", "::1", "localhost"],
                by: directory + "/ca", to: certificates)
        }
        let secret = UniqueID(using: &generator).description + UniqueID(using: &generator).description
        _ = try keep("peerage_" + secret, at: directory + "/administrator-token")
        let place = PlaceFile(cluster: id, node: node.node, topology: Topology(name: "alone", nodes: [node]))
        try place.write(in: directory)
        return place
    }

    /// The first administrator's token, where this node founded its cluster.
    private static func token(in directory: String) throws -> String? {
        let path = directory + "/administrator-token"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        return try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The context by which `peerage` finds a node that founded its cluster.
    private static func writeContext(in directory: String, _ node: Topology.Node, _ token: String, _ logger: Logger)
        throws
    {
        let authority = URL(filePath: directory + "/certificates/ca.pem").standardizedFileURL.path
        let text =
            "{\"servers\": {\"\(node.site)\": \"\(node.api.endpoint)\"}, \"token\": \"\(token)\", \"ca\": \"\(authority)\"}\n"
        let created = FileManager.default.createFile(
            atPath: directory + "/context.json", contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        guard created else { throw NodeConfiguration.Invalid("\(directory)/context.json cannot be written") }
        logger.notice("reach this node with PEERAGE_CONTEXT=\(directory)/context.json peerage list")
    }

    /// What the file at `path` holds; `text`, which is then written to it, when there is none. For this user's eyes
    /// only.
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
