package import Models

/// Says what a project asks of its versions, and for how long it keeps them.
package enum PolicyCommand: Hashable, Sendable, CanonicalCodable {
    /// Metadata shall meet a JSON Schema, before registration (no stage) or before a stage; nil for none any more.
    case setSchema(ProjectName, StageName?, JSONValue?)
    /// Versions shall be deleted by rules; nil for none any more.
    case setRetention(ProjectName, RetentionPolicy?)
    /// A model shall be in a tier of risk; nil for none.
    case assess(ProjectName, ModelName, RiskTier?, reason: String)

    /// The first byte of the encoding. Frozen.
    private enum Kind: UInt8 {
        case setSchema = 1
        case setRetention = 2
        case assess = 3
    }

    package func encode(to writer: inout CanonicalWriter) {
        switch self {
        case .setSchema(let project, let stage, let schema):
            writer.write(Kind.setSchema.rawValue)
            writer.write(project)
            writer.write(stage) { $0.write($1) }
            writer.write(schema) { $0.write($1) }
        case .setRetention(let project, let policy):
            writer.write(Kind.setRetention.rawValue)
            writer.write(project)
            writer.write(policy) { $0.write($1) }
        case .assess(let project, let model, let tier, let reason):
            writer.write(Kind.assess.rawValue)
            writer.write(project)
            writer.write(model)
            writer.write(tier) { $0.write($1) }
            writer.write(reason)
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let tag = try reader.readInteger(UInt8.self)
        guard let kind = Kind(rawValue: tag) else { throw .invalid("\(tag) is not a kind of policy command") }
        switch kind {
        case .setSchema:
            self = .setSchema(
                try reader.read(), try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() },
                try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() })
        case .setRetention:
            self = .setRetention(
                try reader.read(), try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() })
        case .assess:
            self = .assess(
                try reader.read(), try reader.read(),
                try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() },
                reason: try reader.readString())
        }
    }

    /// What audit records call it. Frozen.
    var action: String {
        switch self {
        case .setSchema: "project.set-schema"
        case .setRetention: "project.set-retention"
        case .assess: "model.assess"
        }
    }

    /// What audit records say it is about.
    var object: String {
        switch self {
        case .setSchema(let project, let stage, _): stage.map { "\(project) \($0)" } ?? "\(project)"
        case .setRetention(let project, _): "\(project)"
        case .assess(let project, let model, _, _): "\(project)/\(model)"
        }
    }

    /// The project that it concerns.
    var project: ProjectName {
        switch self {
        case .setSchema(let project, _, _), .setRetention(let project, _), .assess(let project, _, _, _): project
        }
    }
}
