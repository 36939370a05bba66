import Models
import Storage

@testable import Registry

/// A state and the log that made it, one entry after another.
struct Machine {
    let store = MemoryStore()
    private(set) var index: UInt64 = 0
    var rememberedOutcomes = Limits.standard.rememberedOutcomes

    /// A state with a cluster of three voters and a learner, and the administrator `ann`.
    static func founded() throws -> Machine {
        var machine = Machine()
        let outcome = try machine.run(.establish(.three))
        precondition(outcome == .accepted(.none), "founding was refused: \(outcome)")
        return machine
    }

    var catalog: Catalog { Catalog(store) }

    /// Applies an entry in a transaction of its own.
    mutating func apply(_ entry: [UInt8]) throws -> Applied {
        index += 1
        var transaction = try StateTransaction(reader: store, rememberedOutcomes: rememberedOutcomes)
        let applied = try StateMachine.apply(entry, index: index, term: 1, in: &transaction)
        var batch = WriteBatch()
        transaction.append(to: &batch)
        try store.write(batch, synced: false)
        return applied
    }

    /// Applies a change of the consensus's members.
    mutating func change(voters: [UInt64], learners: [UInt64]) throws {
        index += 1
        var transaction = try StateTransaction(reader: store)
        try StateMachine.change(voters: voters, learners: learners, index: index, term: 1, in: &transaction)
        var batch = WriteBatch()
        transaction.append(to: &batch)
        try store.write(batch, synced: false)
    }

    /// Applies a command, under an id of its own unless one is given.
    @discardableResult
    mutating func apply(
        _ command: Command, id: UniqueID? = nil, by principal: String = "ann", at milliseconds: Int64? = nil,
        site: String = "north"
    ) throws -> Applied {
        let envelope = CommandEnvelope(
            id: try id ?? .numbered(index + 1), principal: try PrincipalName(principal), site: try SiteName(site),
            at: Timestamp(milliseconds: milliseconds ?? Int64(index + 1) * 1_000), command: command)
        return try apply(envelope.canonicalBytes)
    }

    /// Applies a command and returns what came of it.
    mutating func run(_ command: Command) throws -> Outcome { try apply(command).outcome }

    /// Applies a command and returns the code of its refusal.
    mutating func refusal(_ command: Command) throws -> Rejection.Code? { try run(command).refusal?.code }
}

extension Outcome {
    var refusal: Rejection? {
        guard case .rejected(let rejection) = self else { return nil }
        return rejection
    }

    var registeredNumber: UInt64? {
        guard case .accepted(.version(_, _, let number, _)) = self else { return nil }
        return number
    }
}

extension UniqueID {
    struct Malformed: Error {}

    static func numbered(_ number: UInt64) throws -> UniqueID {
        var writer = CanonicalWriter()
        writer.write(UInt64(0))
        writer.write(number)
        guard let id = UniqueID(bytes: writer.bytes) else { throw Malformed() }
        return id
    }
}

extension Establish {
    static var three: Establish {
        get throws {
            let members = try ["north", "south", "west"].enumerated().map { position, site in
                ClusterMember(
                    member: UInt64(position + 1), node: try NodeName("\(site)-1"), site: try SiteName(site),
                    endpoint: "https://127.0.0.1:\(8441 + position)", isVoter: true)
            }
            let learner = ClusterMember(
                member: 4, node: try NodeName("east-1"), site: try SiteName("east"),
                endpoint: "https://127.0.0.1:8444", isVoter: false)
            return Establish(
                cluster: try .numbered(7), members: members + [learner], administrator: try PrincipalName("ann"),
                tokenDigest: Digest(of: Array("token".utf8)))
        }
    }
}

extension FileEntry {
    /// A file whose one page covers all of it.
    static func at(_ path: String, size: UInt64 = 5) throws -> FileEntry {
        let digest = Digest(of: Array(path.utf8))
        let pages = size == 0 ? [] : [PageReference(id: ChunkID(bytes: digest.bytes), size: size)]
        return FileEntry(path: try FilePath(path), size: size, sha256: digest, pages: pages)
    }
}

extension Command {
    static func createProject(_ name: String, _ description: String = "") throws -> Command {
        .createProject(CreateProject(name: try ProjectName(name), description: description))
    }

    static func createModel(_ project: String, _ name: String, _ description: String = "") throws -> Command {
        .createModel(
            CreateModel(project: try ProjectName(project), name: try ModelName(name), description: description))
    }

    static func register(
        _ project: String = "vision", _ model: String = "ranker", files: [FileEntry]? = nil,
        metadata: JSONValue = .object([:]), tags: [String: String] = [:], message: String = "",
        aliases: [String] = [], holders: [UInt64] = [1, 2]
    ) throws -> Command {
        .registerVersion(
            RegisterVersion(
                project: try ProjectName(project), model: try ModelName(model),
                files: try files ?? [.at("weights.bin")], metadata: metadata, tags: tags, message: message,
                aliases: try aliases.map { try AliasName($0) }, holders: holders))
    }

    static func set(
        _ alias: String, to version: UInt64, if expectation: AliasExpectation = .none, because reason: String = "",
        model: String = "ranker", project: String = "vision"
    ) throws -> Command {
        .setAlias(
            SetAlias(
                project: try ProjectName(project), model: try ModelName(model), alias: try AliasName(alias),
                version: version, expectation: expectation, reason: reason))
    }

    static func remove(
        _ alias: String, if expectation: AliasExpectation = .none, because reason: String = "",
        model: String = "ranker", project: String = "vision"
    ) throws -> Command {
        .removeAlias(
            RemoveAlias(
                project: try ProjectName(project), model: try ModelName(model), alias: try AliasName(alias),
                expectation: expectation, reason: reason))
    }
}

extension Catalog {
    func alias(_ name: String, model: String = "ranker") throws -> Alias? {
        try alias(project: ProjectName("vision"), model: ModelName(model), name: AliasName(name))
    }

    func history(_ name: String, after: UInt64 = 0, limit: Int = 100) throws -> [AliasChange] {
        try aliasHistory(
            project: ProjectName("vision"), model: ModelName("ranker"), alias: AliasName(name), after: after,
            limit: limit)
    }

    func resolve(_ selector: VersionSelector, model: String = "ranker") throws -> Version? {
        try resolve(project: ProjectName("vision"), model: ModelName(model), selector: selector)
    }
}

/// A seeded generator (SplitMix64): a failure can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
