import Models
import Storage

extension StateTransaction {
    /// Founds the cluster, once.
    mutating func establish(_ founding: Establish) throws(StorageError) -> Effect {
        guard try !contains(.cluster) else {
            return .refused(.alreadyExists, "the cluster is established already; nothing was changed")
        }
        if let refusal = founding.refusal { return .refused(refusal) }
        try put(ClusterRecord(cluster: founding.cluster, members: founding.members), at: .cluster)
        try put(Principal(name: founding.administrator, role: .administrator), at: .principal(founding.administrator))
        if let digest = founding.tokenDigest { try put(TokenRecord(founding.administrator), at: .token(digest)) }
        return .accepted(.none, [.established])
    }
}

extension Establish {
    /// Why no cluster can be founded like this, or nil.
    fileprivate var refusal: Rejection? {
        let limits = Limits.standard
        if members.count > limits.members {
            return Rejection(.invalid, "a cluster has at most \(limits.members) members")
        }
        guard members.contains(where: \.isVoter) else {
            return Rejection(.invalid, "a cluster needs at least one voter")
        }
        if members.contains(where: { $0.member == 0 }) { return Rejection(.invalid, "member ids begin at 1") }
        if Set(members.map(\.member)).count < members.count {
            return Rejection(.invalid, "two members have the same id; give each its own")
        }
        if Set(members.map(\.node)).count < members.count {
            return Rejection(.invalid, "two members have the same node name; give each its own")
        }
        if let member = members.first(where: { $0.endpoint.utf8.count > limits.textBytes }) {
            return Rejection(.invalid, "the endpoint of “\(member.node)” is longer than \(limits.textBytes) bytes")
        }
        if administrator == .unknown {
            return Rejection(.invalid, "no principal may be called “\(administrator)”: it stands for nobody")
        }
        return nil
    }
}
