package import Models

/// Moves versions through the stages of their project.
package enum LifecycleCommand: Hashable, Sendable, CanonicalCodable {
    /// A version and what shall become of it.
    package struct Move: Hashable, Sendable {
        /// The version.
        package let version: VersionKey
        /// The stage that it shall be in.
        package let to: StageName
        /// The stage that it must be in now; nil for any.
        package let expected: StageName?
        /// Why; may be empty.
        package let reason: String
        /// The version to use in its stead: `project/model:3`.
        package let successor: String?
        /// From when on that shall hold for those who use it.
        package let effectiveAt: Timestamp?
        /// What was found against the schema of the stage; nil where the node that was asked knew of none.
        package let check: SchemaCheck?

        /// A move.
        package init(
            version: VersionKey, to: StageName, expected: StageName?, reason: String, successor: String?,
            effectiveAt: Timestamp?, check: SchemaCheck? = nil
        ) {
            self.version = version
            self.to = to
            self.expected = expected
            self.reason = reason
            self.successor = successor
            self.effectiveAt = effectiveAt
            self.check = check
        }
    }

    /// A project's versions shall live so; nil as in `Lifecycle.standard`.
    case setLifecycle(ProjectName, Lifecycle?)
    /// A version shall be in another stage.
    case move(Move)
    /// A version with this digest may move to a stage.
    case approve(VersionKey, Digest, to: StageName, reason: String, expiresAt: Timestamp?)
    /// It may not, as far as this principal is concerned.
    case withdrawApproval(VersionKey, to: StageName)
    /// Something was measured of a version.
    case evaluate(VersionKey, [Metric], evidence: String, note: String)

    /// The first byte of the encoding. Frozen.
    private enum Kind: UInt8 {
        case setLifecycle = 1
        case move = 2
        case approve = 3
        case withdrawApproval = 4
        case evaluate = 5
    }

    /// The format of its fields: the second says what was found against a schema, or what more is asked of models by
    /// their risk; the third where bytes of versions in a stage are kept.
    var format: UInt8 {
        switch self {
        case .move(let move): move.check == nil ? 1 : 2
        case .setLifecycle(_, let lifecycle): lifecycle?.format ?? 1
        case .approve, .withdrawApproval, .evaluate: 1
        }
    }

    /// The same without what the node that was asked found: a repetition through another node brings its own.
    var withoutCheck: LifecycleCommand {
        guard case .move(let move) = self else { return self }
        return .move(
            Move(
                version: move.version, to: move.to, expected: move.expected, reason: move.reason,
                successor: move.successor, effectiveAt: move.effectiveAt))
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(kind.rawValue)
        switch self {
        case .setLifecycle(let project, let lifecycle):
            writer.write(project)
            writer.write(lifecycle) { $0.write($1) }
        case .move(let move):
            writer.write(move.version)
            writer.write(move.to)
            writer.write(move.expected) { $0.write($1) }
            writer.write(move.reason)
            writer.write(move.successor) { $0.write($1) }
            writer.write(move.effectiveAt) { $0.write($1) }
            if let check = move.check { writer.write(check) }
        case .approve(let version, let digest, let stage, let reason, let expiresAt):
            writer.write(version)
            writer.write(digest)
            writer.write(stage)
            writer.write(reason)
            writer.write(expiresAt) { $0.write($1) }
        case .withdrawApproval(let version, let stage):
            writer.write(version)
            writer.write(stage)
        case .evaluate(let version, let metrics, let evidence, let note):
            writer.write(version)
            writer.write(list: metrics)
            writer.write(evidence)
            writer.write(note)
        }
    }

    private var kind: Kind {
        switch self {
        case .setLifecycle: .setLifecycle
        case .move: .move
        case .approve: .approve
        case .withdrawApproval: .withdrawApproval
        case .evaluate: .evaluate
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) { try self.init(from: &reader, format: 1) }

    init(from reader: inout CanonicalReader, format: UInt8) throws(CanonicalError) {
        let tag = try reader.readInteger(UInt8.self)
        guard let kind = Kind(rawValue: tag) else { throw .invalid("\(tag) is not a kind of lifecycle command") }
        switch kind {
        case .setLifecycle:
            self = .setLifecycle(
                try reader.read(), try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() })
        case .move:
            self = .move(
                Move(
                    version: try reader.read(), to: try reader.read(),
                    expected: try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() },
                    reason: try reader.readString(),
                    successor: try reader.readOptional { (reader) throws(CanonicalError) in try reader.readString() },
                    effectiveAt: try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() },
                    check: format > 1 ? try reader.read(SchemaCheck.self) : nil))
        case .approve:
            self = .approve(
                try reader.read(), try reader.read(), to: try reader.read(), reason: try reader.readString(),
                expiresAt: try reader.readOptional { (reader) throws(CanonicalError) in try reader.read() })
        case .withdrawApproval: self = .withdrawApproval(try reader.read(), to: try reader.read())
        case .evaluate:
            self = .evaluate(
                try reader.read(), try reader.readList(), evidence: try reader.readString(),
                note: try reader.readString())
        }
        guard self.format == format else { throw .invalid("it says what another format is for") }
    }

    /// What audit records call it. Frozen.
    var action: String {
        switch self {
        case .setLifecycle: "project.set-lifecycle"
        case .move: "version.move"
        case .approve: "version.approve"
        case .withdrawApproval: "version.withdraw-approval"
        case .evaluate: "version.evaluate"
        }
    }

    /// What audit records say it is about.
    var object: String {
        switch self {
        case .setLifecycle(let project, _): "\(project)"
        case .move(let move): "\(move.version) \(move.to)"
        case .approve(let version, _, let stage, _, _), .withdrawApproval(let version, let stage): "\(version) \(stage)"
        case .evaluate(let version, _, _, _): "\(version)"
        }
    }

    /// The project that it concerns.
    var project: ProjectName {
        switch self {
        case .setLifecycle(let project, _): project
        case .move(let move): move.version.project
        case .approve(let version, _, _, _, _), .withdrawApproval(let version, _), .evaluate(let version, _, _, _):
            version.project
        }
    }
}

/// A version by its place.
package struct VersionKey: Hashable, Sendable, CanonicalCodable, CustomStringConvertible {
    /// The project.
    package let project: ProjectName
    /// The model.
    package let model: ModelName
    /// The version's number.
    package let number: UInt64

    /// The version `number` of a model.
    package init(project: ProjectName, model: ModelName, number: UInt64) {
        self.project = project
        self.model = model
        self.number = number
    }

    /// Where `version` is.
    package init(_ version: Version) {
        self.init(project: version.project, model: version.model, number: version.number)
    }

    /// `project/model:3`.
    package var description: String { "\(project)/\(model):\(number)" }

    /// The model that it is of.
    var modelKey: ModelKey { ModelKey(project, model) }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(project)
        writer.write(model)
        writer.write(number)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        project = try reader.read()
        model = try reader.read()
        number = try reader.readInteger()
    }
}
