/// What a project asks of the metadata of its versions: before they are registered, or before they enter a stage.
public struct ProjectSchema: Hashable, Sendable, Codable, CanonicalCodable {
    /// The stage; nil for registration.
    public let stage: StageName?
    /// A JSON Schema of draft 2020-12.
    public let schema: JSONValue
    /// SHA-256 of the schema in canonical form: names it.
    public let digest: Digest
    /// When it was set.
    public let at: Timestamp
    /// By whom.
    public let by: PrincipalName

    /// A schema as recorded.
    package init(stage: StageName?, schema: JSONValue, at: Timestamp, by: PrincipalName) {
        self.stage = stage
        self.schema = schema
        self.digest = Digest(of: schema.canonicalBytes)
        self.at = at
        self.by = by
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(stage) { $0.write($1) }
        writer.write(schema)
        writer.write(at)
        writer.write(by)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "project's schema", known: 1...1)
        self.init(
            stage: try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() },
            schema: try reader.read(), at: try reader.read(), by: try reader.read())
    }
}

/// What a node found when it held metadata against a project's schema: the log takes its word, as long as that is still
/// the schema in force.
package struct SchemaCheck: Hashable, Sendable, CanonicalCodable {
    /// Names the schema: `ProjectSchema.digest`.
    package let schema: Digest
    /// What the metadata lacks, in words; nil when it meets the schema.
    package let problem: String?

    /// What was found against `schema`.
    package init(schema: Digest, problem: String?) {
        self.schema = schema
        self.problem = problem
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(schema)
        writer.write(problem) { $0.write($1) }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        schema = try reader.read()
        problem = try reader.readOptional { (reader) throws(CanonicalError) in try reader.readString() }
    }
}
