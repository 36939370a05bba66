import Consensus
import Logging
import Models
package import Registry
import Replication

extension RegistryService {
    private static let nobodysCluster =
        "the cluster is not established: start this node with --administrator-token-digest-file FILE, "
        + "which holds the SHA-256 of the first administrator's token"

    /// Puts the cluster's members and its first administrator into the log, once in the cluster's life: the first
    /// leader does it. Every node calls this and returns when the cluster is established, or when the task is
    /// cancelled.
    ///
    /// Without the administrator's token the cluster would be nobody's: a node that was not given its digest waits for
    /// one that was.
    package func establish(_ founding: Establish) async {
        let founder = Principal(name: founding.administrator, role: .administrator)
        var isWarned = false
        while !Task.isCancelled {
            let status = parts.replica.status
            do {
                if try Catalog(parts.store).cluster() != nil { return }
                if status.role == .leader, founding.tokenDigest == nil {
                    if !isWarned { parts.logger.error("\(Self.nobodysCluster)") }
                    isWarned = true
                    await parts.replica.handOver(to: nil)
                } else if status.role == .leader {
                    _ = try await execute(.establish(founding), as: founder, key: "establish")
                    parts.logger.notice("the cluster is established with \(founding.members.count) members")
                    return
                }
            } catch {
                parts.logger.info("the cluster is not established yet: \(error)")
            }
            _ = await parts.replica.waitUntilApplied(status.appliedIndex + 1, patience: .milliseconds(200))
        }
    }
}
