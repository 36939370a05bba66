import Consensus

/// The cluster's clock: one place for what trades quick failover against false alarms.
enum ClusterTiming {
    /// One tick. Shorter than a synced write on most disks would be noise.
    static let tickMilliseconds: UInt64 = 10

    /// A follower waits 300 to 600 ms for its leader, which is heard from every 50 ms: six heartbeats may be lost
    /// before anyone doubts it, and a leader that is gone is replaced within a second.
    static let settings = Settings(electionTicks: 30, heartbeatTicks: 5)
}
