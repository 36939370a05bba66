/// Something that changed, as a CloudEvent (CloudEvents 1.0, JSON format): one for each accepted command, in the order of
/// the log, the same at every node. It names what changed; readers look it up.
public struct RegistryEvent: Hashable, Sendable, Codable {
    /// Who changed it, and where.
    public struct Details: Hashable, Sendable, Codable {
        /// Who.
        public let by: PrincipalName
        /// The site that took the command in.
        public let site: SiteName
        /// The index of the log entry: a read at this index or later sees the change.
        public let index: UInt64
    }

    /// “1.0”.
    public let specversion: String
    /// The event's position: that of its audit record. Later events have greater ones, with gaps.
    public let id: String
    /// The cluster: `urn:peerage:cluster:ID`.
    public let source: String
    /// What was done: `peerage.version.register`, `peerage.alias.set`…
    public let type: String
    /// To what: `project/model:3`, `project/model@alias`…
    public let subject: String
    /// When, by the clock of the node that took the command in.
    public let time: Timestamp
    /// Who changed it, and where.
    public let data: Details

    /// The event of an accepted command.
    package init(_ record: AuditRecord, cluster: UniqueID) {
        specversion = "1.0"
        id = String(record.sequence)
        source = "urn:peerage:cluster:\(cluster)"
        type = "peerage.\(record.action)"
        subject = record.object
        time = record.at
        data = Details(by: record.by, site: record.site, index: record.index)
    }
}
