import Foundation
import Logging
import Models
import Peering
import PeerageClient
import StorageRocksDB

/// How a node comes into a cluster by an invitation: it makes its own key, shows the invitation's token to any node,
/// and gets a certificate and the cluster's nodes. All of it can be done again after a crash: the key stays, and so the
/// member.
enum Joining {
    /// Comes into the cluster; leaves key, certificate, authority and `place.json` in the data directory.
    static func join(
        _ invitationFile: String, api: Topology.Address, peer: Topology.Address, in directory: String,
        _ logger: Logger
    ) async throws -> PlaceFile {
        let invitation = try read(invitationFile)
        let certificates = directory + "/certificates"
        try DataDirectory.create(at: certificates)
        try SmallFile.write(invitation.authority, to: certificates + "/ca.pem", mode: 0o644, replaces: true)
        let request = JoinRequest(
            token: invitation.token, signingRequest: try SigningRequest.make(keyFile: certificates + "/node-key.pem"),
            api: api, peer: peer)
        logger.notice("asking cluster \(invitation.cluster) to be let in as \(invitation.node)")
        let answer = try await ask(request, invitation, authorityFile: certificates + "/ca.pem")
        try SmallFile.write(answer.certificate, to: certificates + "/node.pem", mode: 0o644, replaces: true)
        try SmallFile.write(answer.authority, to: certificates + "/ca.pem", mode: 0o644, replaces: true)
        let place = PlaceFile(cluster: invitation.cluster, node: invitation.node, topology: answer.topology)
        try place.write(in: directory)
        logger.notice("let in; the invitation is used up")
        return place
    }

    /// The invitation in `file`.
    static func read(_ file: String) throws -> Invitation {
        do { return try JSONDecoder().decode(Invitation.self, from: Data(contentsOf: URL(filePath: file))) } catch {
            throw NodeConfiguration.Invalid("the invitation \(file) cannot be read: \(error)")
        }
    }

    private static func ask(_ request: JoinRequest, _ invitation: Invitation, authorityFile: String) async throws
        -> JoinAnswer
    {
        let configuration = ClientConfiguration(
            servers: invitation.servers.compactMap { URL(string: $0) },
            certificateAuthority: URL(filePath: authorityFile))
        do throws(ClientError) {
            return try await PeerageClient.with(configuration) { (client) async throws(ClientError) in
                try await client.join(request)
            }
        } catch {
            throw NodeConfiguration.Invalid("the cluster does not let this node in: \(error)")
        }
    }
}
