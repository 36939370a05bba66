package import Models
import NIOPosix
package import Registry
import Schemas
import Storage

/// What projects ask of metadata.
extension RegistryService {
    /// How often a request whose schema changed while it was on its way is checked anew.
    private static let checks = 3

    /// Says what a project asks of metadata before a stage, or before registration; nil for nothing any more.
    package func setSchema(
        _ schema: JSONValue?, before stage: StageName?, in project: ProjectName, as principal: Principal, key: String?
    ) async throws(ServiceError) -> Written<Outcome.Result> {
        if let schema {
            let compiled = try compile(schema)
            if let stranger = compiled.strangers.first {
                let detail =
                    "the schema has “\(stranger)”, which is no keyword of JSON Schema 2020-12; check its spelling, or begin "
                    + "members of your own with x-"
                throw .rejected(Rejection(.invalid, detail))
            }
        }
        return try await execute(.policy(.setSchema(project, stage, schema)), as: principal, key: key)
    }

    /// Moves a version to a stage, once its metadata was held against what the project asks there.
    package func move(
        _ move: LifecycleCommand.Move, as principal: Principal, key: String?
    ) async throws(ServiceError) -> Written<Outcome.Result> {
        let version = move.version
        return try await checked(before: move.to, in: version.project) { catalog throws(StorageError) in
            try catalog.checkedMetadata(of: version)
        } command: { check in
            .lifecycle(
                .move(
                    .init(
                        version: version, to: move.to, expected: move.expected, reason: move.reason,
                        successor: move.successor, effectiveAt: move.effectiveAt, check: check)))
        } execute: { command throws(ServiceError) in
            try await execute(command, as: principal, key: key)
        }
    }

    /// Checks metadata, then gives the command with what was found; again, when the schema changed meanwhile.
    func checked(
        before stage: StageName?, in project: ProjectName,
        metadata: @Sendable (Catalog) throws(StorageError) -> JSONValue?,
        command: (SchemaCheck?) -> Command,
        execute: (Command) async throws(ServiceError) -> Written<Outcome.Result>
    ) async throws(ServiceError) -> Written<Outcome.Result> {
        var attempts = 1
        while true {
            let check = try await check(before: stage, in: project, metadata)
            do throws(ServiceError) { return try await execute(command(check)) } catch {
                guard case .rejected(let rejection) = error, rejection.code == .schemaChanged, attempts < Self.checks
                else { throw error }
                attempts += 1
                // The refusal came of a state that this node may not have applied yet.
                try await becomeFresh(.linearizable)
            }
        }
    }

    /// What metadata lacks of what a project asks; nil when the project asks nothing.
    private func check(
        before stage: StageName?, in project: ProjectName,
        _ metadata: @Sendable (Catalog) throws(StorageError) -> JSONValue?
    ) async throws(ServiceError) -> SchemaCheck? {
        let (asked, document) = try reading { catalog throws(StorageError) in
            let asked = try catalog.schema(of: project, before: stage)
            return (asked, asked == nil ? nil : try metadata(catalog))
        }
        guard let asked, let document else { return nil }
        let problem = try await problem(of: document, under: asked.schema)
        return SchemaCheck(schema: asked.digest, problem: problem)
    }

    /// What a document lacks, in one sentence; nil when it meets the schema.
    package func problem(
        of document: JSONValue, under schema: JSONValue
    ) async throws(ServiceError) -> String? {
        let compiled = try compile(schema)
        do {
            return try await parts.searchThreads.runIfActive {
                do throws(SchemaError) {
                    let violations = try compiled.violations(of: document)
                    return violations.isEmpty ? nil : violations.map(\.sentence).joined(separator: "; ")
                } catch {
                    return "\(error)"
                }
            }
        } catch {
            throw .nodeUnavailable("this node is stopping")
        }
    }

    private func compile(_ schema: JSONValue) throws(ServiceError) -> JSONSchema {
        do { return try JSONSchema(schema, documents: MetadataVocabulary.documents) } catch {
            throw .rejected(Rejection(.invalid, "\(error)"))
        }
    }
}

extension Catalog {
    /// What a stage's schema is held against: the metadata of a version, with `evaluations` as those appended to it.
    func checkedMetadata(of key: VersionKey) throws(StorageError) -> JSONValue? {
        guard let version = try version(project: key.project, model: key.model, number: key.number),
            case .object(var members) = version.metadata
        else { return nil }
        let evaluations = try evaluations(of: key)
        if !evaluations.isEmpty { members["evaluations"] = .array(evaluations.map(\.document)) }
        return .object(members)
    }
}

extension Evaluation {
    fileprivate var document: JSONValue {
        .object([
            "metrics": .array(
                metrics.map { metric in
                    var members: [String: JSONValue] = ["name": .string(metric.name), "value": .number(metric.value)]
                    if let dataset = metric.dataset { members["dataset"] = .string(dataset) }
                    if let split = metric.split { members["split"] = .string(split) }
                    if let unit = metric.unit { members["unit"] = .string(unit) }
                    return .object(members)
                }),
            "evidence": .string(evidence), "note": .string(note), "at": .string("\(at)"), "by": .string(by.text),
        ])
    }
}

extension SchemaViolation {
    /// “license” is missing.
    fileprivate var sentence: String {
        let name = path.dropFirst().replacing("/", with: ".").replacing("~1", with: "/").replacing("~0", with: "~")
        return name.isEmpty ? "it \(problem)" : "“\(name)” \(problem)"
    }
}
