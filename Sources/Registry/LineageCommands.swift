package import Models

/// Adds to what is known of a version's lineage.
package struct AppendLineage: Hashable, Sendable, CanonicalCodable {
    /// The project.
    package let project: ProjectName
    /// The model.
    package let model: ModelName
    /// The version's number.
    package let version: UInt64
    /// What is added, as in the metadata's member `lineage`.
    package let lineage: JSONValue
    /// How that is known; may be empty.
    package let note: String

    /// A command that adds `lineage`.
    package init(project: ProjectName, model: ModelName, version: UInt64, lineage: JSONValue, note: String) {
        self.project = project
        self.model = model
        self.version = version
        self.lineage = lineage
        self.note = note
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(project)
        writer.write(model)
        writer.write(version)
        writer.write(lineage)
        writer.write(note)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        project = try reader.read()
        model = try reader.read()
        version = try reader.readInteger()
        lineage = try reader.read()
        note = try reader.readString()
    }
}

/// Tells that a place serves a version, or does so no more.
package struct ReportDeployment: Hashable, Sendable, CanonicalCodable {
    /// The project.
    package let project: ProjectName
    /// The model.
    package let model: ModelName
    /// The version's number.
    package let version: UInt64
    /// The place's name.
    package let name: DeploymentName
    /// What it is part of; may be empty.
    package let environment: String
    /// Where it is reached; may be empty.
    package let uri: String
    /// Whether it serves the version; else it is forgotten.
    package let isServing: Bool

    /// A report.
    package init(
        project: ProjectName, model: ModelName, version: UInt64, name: DeploymentName, environment: String,
        uri: String, isServing: Bool
    ) {
        self.project = project
        self.model = model
        self.version = version
        self.name = name
        self.environment = environment
        self.uri = uri
        self.isServing = isServing
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(project)
        writer.write(model)
        writer.write(version)
        writer.write(name)
        writer.write(environment)
        writer.write(uri)
        writer.write(isServing)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        project = try reader.read()
        model = try reader.read()
        version = try reader.readInteger()
        name = try reader.read()
        environment = try reader.readString()
        uri = try reader.readString()
        isServing = try reader.readBool()
    }
}

/// Recalls a thing, or takes its recall back.
package struct RecallThing: Hashable, Sendable, CanonicalCodable {
    /// What: see `LineageThing.id`.
    package let thing: String
    /// Whether it is recalled from now on.
    package let isRecalled: Bool
    /// Why; never empty.
    package let reason: String

    /// A command that recalls `thing`, or takes that back.
    package init(thing: String, isRecalled: Bool, reason: String) {
        self.thing = thing
        self.isRecalled = isRecalled
        self.reason = reason
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(thing)
        writer.write(isRecalled)
        writer.write(reason)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        thing = try reader.readString()
        isRecalled = try reader.readBool()
        reason = try reader.readString()
    }
}
