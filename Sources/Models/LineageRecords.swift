/// A version that a thing must not be used for any more, or a data set that must not be: everything made of it is
/// affected.
public struct Recall: Hashable, Sendable, Codable, CanonicalCodable {
    /// What was recalled: see `LineageThing.id`.
    public let thing: String
    /// Why.
    public let reason: String
    /// When.
    public let at: Timestamp
    /// By whom.
    public let by: PrincipalName

    /// A recall as recorded.
    package init(thing: String, reason: String, at: Timestamp, by: PrincipalName) {
        self.thing = thing
        self.reason = reason
        self.at = at
        self.by = by
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(thing)
        writer.write(reason)
        writer.write(at)
        writer.write(by)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "recall", known: 1...1)
        thing = try reader.readString()
        reason = try reader.readString()
        at = try reader.read()
        by = try reader.read()
    }
}

/// Where a version serves, by the word of the system that serves it.
public struct Deployment: Hashable, Sendable, Codable, CanonicalCodable {
    /// Its name, one of its kind for a version.
    public let name: DeploymentName
    /// The project.
    public let project: ProjectName
    /// The model.
    public let model: ModelName
    /// The version that it serves.
    public let version: UInt64
    /// What it is part of: `production`, `canary`…; may be empty.
    public let environment: String
    /// Where it is reached; may be empty.
    public let uri: String
    /// Since when.
    public let since: Timestamp
    /// When it last reported.
    public let reportedAt: Timestamp
    /// Who reported.
    public let reportedBy: PrincipalName

    enum CodingKeys: String, CodingKey {
        case name, project, model, version, environment, uri, since
        case reportedAt = "reported_at"
        case reportedBy = "reported_by"
    }

    /// A deployment as recorded.
    package init(
        name: DeploymentName, project: ProjectName, model: ModelName, version: UInt64, environment: String,
        uri: String, since: Timestamp, reportedAt: Timestamp, reportedBy: PrincipalName
    ) {
        self.name = name
        self.project = project
        self.model = model
        self.version = version
        self.environment = environment
        self.uri = uri
        self.since = since
        self.reportedAt = reportedAt
        self.reportedBy = reportedBy
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(name)
        writer.write(project)
        writer.write(model)
        writer.write(version)
        writer.write(environment)
        writer.write(uri)
        writer.write(since)
        writer.write(reportedAt)
        writer.write(reportedBy)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "deployment", known: 1...1)
        name = try reader.read()
        project = try reader.read()
        model = try reader.read()
        version = try reader.readInteger()
        environment = try reader.readString()
        uri = try reader.readString()
        since = try reader.read()
        reportedAt = try reader.read()
        reportedBy = try reader.read()
    }
}

/// What came to be known of a version's lineage after its registration.
public struct LineageAddition: Hashable, Sendable, Codable, CanonicalCodable {
    /// What was added, as in the metadata's member `lineage`.
    public let lineage: JSONValue
    /// How that is known; may be empty.
    public let note: String
    /// When.
    public let at: Timestamp
    /// Who added it.
    public let by: PrincipalName

    /// An addition as recorded.
    package init(lineage: JSONValue, note: String, at: Timestamp, by: PrincipalName) {
        self.lineage = lineage
        self.note = note
        self.at = at
        self.by = by
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(lineage)
        writer.write(note)
        writer.write(at)
        writer.write(by)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "lineage addition", known: 1...1)
        lineage = try reader.read()
        note = try reader.readString()
        at = try reader.read()
        by = try reader.read()
    }
}

/// Things and how they come from one another.
public struct LineageGraph: Hashable, Sendable, Codable {
    /// A thing of the graph.
    public struct Node: Hashable, Sendable, Codable {
        /// Its text form, by which edges name it.
        public let id: String
        /// The thing.
        public let thing: LineageThing
        /// Why it must not be used any more; nil when it may.
        public let recall: Recall?

        /// A node.
        package init(_ thing: LineageThing, recall: Recall?) {
            id = thing.id
            self.thing = thing
            self.recall = recall
        }
    }

    /// How one thing comes from another.
    public struct Edge: Hashable, Sendable, Codable {
        /// What was there first.
        public let from: String
        /// What is made of it.
        public let to: String
        /// How: `finetune`, `training`, `run`, `deployment`…
        public let relation: String

        /// An edge.
        package init(from: String, to: String, relation: String) {
            self.from = from
            self.to = to
            self.relation = relation
        }
    }

    /// The thing asked about, and what was found, nearest first.
    public let nodes: [Node]
    /// How they come from one another.
    public let edges: [Edge]
    /// Whether there is more than a graph may have, or deeper than was asked.
    public let truncated: Bool

    /// A graph.
    package init(nodes: [Node], edges: [Edge], truncated: Bool) {
        self.nodes = nodes
        self.edges = edges
        self.truncated = truncated
    }
}

/// Which way to follow a lineage.
public enum LineageDirection: String, Hashable, Sendable, CaseIterable {
    /// What a thing is made of.
    case up
    /// What is made of it, and where that serves.
    case down
    /// Up from it, and down from it.
    case both
}
