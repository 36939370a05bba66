import Foundation
import Models

/// `place.json` in a data directory: which node of which cluster it is, for nodes that no topology file was written
/// for. Nodes that joined, were restored or recovered, or are a cluster of one have it.
struct PlaceFile: Codable {
    /// The cluster.
    let cluster: UniqueID
    /// This node's name.
    let node: NodeName
    /// The cluster's nodes when this one came into it; the state knows better once there is one.
    var topology: Topology

    /// The file in `directory`, or nil.
    static func read(in directory: String) throws -> PlaceFile? {
        let path = directory + "/place.json"
        guard FileManager.default.fileExists(atPath: path) else { return nil }
        do {
            let place = try JSONDecoder().decode(PlaceFile.self, from: Data(contentsOf: URL(filePath: path)))
            if let problem = place.topology.problem { throw NodeConfiguration.Invalid(problem) }
            return place
        } catch {
            throw NodeConfiguration.Invalid("\(path) cannot be read: \(error)")
        }
    }

    /// Throws when the node would not become what the invitation in `file` says: it belongs to another cluster already.
    func expect(_ file: String) throws {
        let invitation = try Joining.read(file)
        guard invitation.cluster == cluster, invitation.node == node else {
            throw NodeConfiguration.Invalid(
                "the data directory belongs to \(node) of cluster \(cluster): to join as \(invitation.node) start with an empty one"
            )
        }
    }

    /// Writes the file, whole or not at all.
    func write(in directory: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let (path, temporary) = (directory + "/place.json", directory + "/place.json.new")
        guard FileManager.default.createFile(atPath: temporary, contents: try encoder.encode(self)) else {
            throw NodeConfiguration.Invalid("\(temporary) cannot be written")
        }
        let handle = try FileHandle(forUpdating: URL(filePath: temporary))
        try handle.synchronize()
        try handle.close()
        guard rename(temporary, path) == 0 else {
            throw NodeConfiguration.Invalid("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    /// The node itself, at other addresses when some are given.
    func own(api: Topology.Address?, peer: Topology.Address?) throws -> Topology.Node {
        guard let found = topology.nodes.first(where: { $0.node == node }) else {
            throw NodeConfiguration.Invalid("place.json has no node “\(node)”")
        }
        return Topology.Node(
            member: found.member, node: node, site: found.site, api: api ?? found.api, peer: peer ?? found.peer,
            voter: found.voter)
    }
}
