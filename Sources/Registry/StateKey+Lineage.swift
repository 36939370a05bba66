import Models

/// Keys of what versions are made of: see the table at `StateKey`.
extension StateKey {
    static func lineageEdge(
        _ identity: String, _ model: ModelKey, _ number: UInt64, _ relation: String
    ) -> StateKey {
        StateKey(
            .lineageEdge, Digest(of: Array(identity.utf8)).bytes + below(model, number) + [0] + Array(relation.utf8))
    }

    static func lineageAdditionCount(_ model: ModelKey, _ number: UInt64) -> StateKey {
        StateKey(.lineageAdditionCount, below(model, number))
    }

    static func lineageAddition(_ model: ModelKey, _ number: UInt64, _ addition: UInt64) -> StateKey {
        StateKey(.lineageAddition, below(model, number) + [0] + bigEndian(addition))
    }

    static func deployment(_ model: ModelKey, _ number: UInt64, _ name: DeploymentName) -> StateKey {
        StateKey(.deployment, below(model, number) + [0] + Array(name.text.utf8))
    }

    static func deploymentCount(_ model: ModelKey, _ number: UInt64) -> StateKey {
        StateKey(.deploymentCount, below(model, number))
    }

    static func recall(_ identity: String) -> StateKey {
        StateKey(.recall, Digest(of: Array(identity.utf8)).bytes)
    }

    /// The version that the key of an edge names; nil for any other key.
    static func lineageChild(in key: [UInt8]) -> LineageThing? {
        let parts = key.dropFirst(33).split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2].count > 8 else { return nil }
        let number = parts[2].prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // Probe: a key that names no version is damage, which the caller tells.
        guard let project = try? ProjectName(String(decoding: parts[0], as: UTF8.self)),
            let model = try? ModelName(String(decoding: parts[1], as: UTF8.self))
        else { return nil }
        return LineageThing(project: project, model: model, number: number)
    }

    private static func below(_ model: ModelKey, _ number: UInt64) -> [UInt8] {
        below(VersionKey(project: model.project, model: model.name, number: number))
    }
}

extension StateKey.Listing {
    static let recalls = StateKey.Listing(prefix: [StateKey.Kind.recall.rawValue])

    static func lineageEdges(_ identity: String) -> StateKey.Listing {
        StateKey.Listing(prefix: [StateKey.Kind.lineageEdge.rawValue] + Digest(of: Array(identity.utf8)).bytes)
    }

    static func deployments(_ model: ModelKey, _ number: UInt64) -> StateKey.Listing {
        StateKey.Listing(
            prefix: [StateKey.Kind.deployment.rawValue] + StateKey.deploymentCount(model, number).bytes.dropFirst() + [
                0
            ])
    }

    static func lineageAdditions(_ model: ModelKey, _ number: UInt64) -> StateKey.Listing {
        StateKey.Listing(
            prefix: [StateKey.Kind.lineageAddition.rawValue]
                + StateKey.lineageAdditionCount(model, number).bytes.dropFirst() + [0])
    }
}

/// How a version comes from a thing; the version is in the key.
struct LineageEdgeRecord: Hashable, CanonicalCodable {
    let relation: String
    let thing: LineageThing

    init(relation: String, thing: LineageThing) {
        self.relation = relation
        self.thing = thing
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(relation)
        writer.write(thing)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "lineage edge", known: 1...1)
        relation = try reader.readString()
        thing = try reader.read()
    }
}
