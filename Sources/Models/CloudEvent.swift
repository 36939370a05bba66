/// Something in the log as a CloudEvent (CloudEvents 1.0, JSON format). It names what it is about; readers look it up.
public struct CloudEvent<Details: Hashable & Sendable & Codable>: Hashable, Sendable, Codable {
    /// “1.0”.
    public let specversion: String
    /// Its position: that of its audit record. Later ones have greater positions, with gaps.
    public let id: String
    /// The cluster: `urn:peerage:cluster:ID`.
    public let source: String
    /// What was done: `peerage.version.register`, `peerage.audit.alias.set`…
    public let type: String
    /// To what: `project/model:3`, `project/model@alias`…
    public let subject: String
    /// When, by the clock of the node that took the command in.
    public let time: Timestamp
    /// More of it.
    public let data: Details

    fileprivate init(_ record: AuditRecord, cluster: UniqueID, type: String, data: Details) {
        specversion = "1.0"
        id = String(record.sequence)
        source = "urn:peerage:cluster:\(cluster)"
        self.type = "\(type).\(record.action)"
        subject = record.object
        time = record.at
        self.data = data
    }
}

/// Something that changed: one for each accepted command, in the order of the log, the same at every node.
public typealias RegistryEvent = CloudEvent<ChangeDetails>

/// An audit record, for what collects logs.
public typealias AuditEvent = CloudEvent<AuditRecord>

/// Who changed something, and where.
public struct ChangeDetails: Hashable, Sendable, Codable {
    /// Who.
    public let by: PrincipalName
    /// The site that took the command in.
    public let site: SiteName
    /// The index of the log entry: a read at this index or later sees the change.
    public let index: UInt64
}

extension RegistryEvent {
    /// The event of an accepted command.
    package init(_ record: AuditRecord, cluster: UniqueID) {
        let details = ChangeDetails(by: record.by, site: record.site, index: record.index)
        self.init(record, cluster: cluster, type: "peerage", data: details)
    }
}

extension AuditEvent {
    /// The event of a record: its type says `peerage.audit.` before the action, so that a refusal is taken for no change.
    public init(_ record: AuditRecord, cluster: UniqueID) {
        self.init(record, cluster: cluster, type: "peerage.audit", data: record)
    }
}
