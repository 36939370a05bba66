import Models
import Storage

extension StateTransaction {
    /// Why a version of `model` cannot have these links, or nil. What lies in other registries need not be known here; what
    /// is said to lie in this one must.
    mutating func refusal(
        of links: [LineageLink], number: UInt64, of model: ModelKey, by name: PrincipalName
    ) throws(StorageError) -> Rejection? {
        let viewer = try livingPrincipal(name)
        for link in links where link.thing.kind == .version {
            guard let (key, target) = link.thing.version else { continue }
            if key == model, target == number {
                return Rejection(.invalid, "\(key):\(target) cannot be made of itself; name what it was made of")
            }
            guard try contains(.version(key, target)), try Catalog(self, seenBy: viewer).sees(key.project) else {
                return Rejection(
                    .notFound,
                    "there is no version \(key):\(target) that this one could be made of; name a model of another registry by its uri or digest"
                )
            }
        }
        return nil
    }

    /// Enters the links of a version, so that they are found from the other end.
    mutating func enter(_ links: [LineageLink], of model: ModelKey, _ number: UInt64) throws(StorageError) {
        for link in links {
            for identity in link.thing.identities {
                let key = StateKey.lineageEdge(identity, model, number, link.relation)
                try put(LineageEdgeRecord(relation: link.relation, thing: link.thing), at: key)
            }
        }
    }

    /// Adds to what is known of a version.
    mutating func append(_ command: AppendLineage, _ header: CommandHeader) throws(StorageError) -> Effect {
        if isTooLong(command.note) { return .refused(.tooLong("note")) }
        let key = ModelKey(command.project, command.model)
        guard try contains(.version(key, command.version)) else { return .refused(.missing(key, command.version)) }
        if command.lineage.canonicalBytes.count > Limits.standard.metadataBytes {
            return .refused(.invalid, "an addition to a lineage has at most \(Limits.standard.metadataBytes) bytes")
        }
        let links: [LineageLink]
        do throws(InvalidLineage) { links = try Lineage.links(of: command.lineage) } catch {
            return .refused(.invalid, error.description)
        }
        if links.isEmpty {
            return .refused(.invalid, "the addition names nothing that \(key):\(command.version) is made of")
        }
        if let refusal = try refusal(of: links, number: command.version, of: key, by: header.principal) {
            return .refused(refusal)
        }
        let count = try record(.lineageAdditionCount(key, command.version), as: CountRecord.self)?.count ?? 0
        guard count < Limits.standard.lineageAdditions else {
            return .refused(.limitExceeded, "\(key):\(command.version) has \(count) additions to its lineage already")
        }
        try enter(links, of: key, command.version)
        try put(CountRecord(count + 1), at: .lineageAdditionCount(key, command.version))
        insert(
            LineageAddition(lineage: command.lineage, note: command.note, at: header.at, by: header.principal),
            at: .lineageAddition(key, command.version, count + 1))
        return .accepted(.none, [.versionChanged(project: key.project, model: key.name, number: command.version)])
    }

    /// Notes where a version serves.
    mutating func report(_ command: ReportDeployment, _ header: CommandHeader) throws(StorageError) -> Effect {
        if isTooLong(command.environment) { return .refused(.tooLong("environment")) }
        if isTooLong(command.uri) { return .refused(.tooLong("uri")) }
        let key = ModelKey(command.project, command.model)
        guard try contains(.version(key, command.version)) else { return .refused(.missing(key, command.version)) }
        let place = StateKey.deployment(key, command.version, command.name)
        let known: Deployment? = try record(place)
        let count = try record(.deploymentCount(key, command.version), as: CountRecord.self)?.count ?? 0
        let event = Event.versionChanged(project: key.project, model: key.name, number: command.version)
        guard command.isServing else {
            guard known != nil else {
                return .refused(.notFound, "\(key):\(command.version) has no deployment “\(command.name)”")
            }
            try delete(place)
            try put(CountRecord(count - 1), at: .deploymentCount(key, command.version))
            return .accepted(.none, [event])
        }
        if known == nil, count >= UInt64(Limits.standard.deployments) {
            return .refused(.limitExceeded, "\(key):\(command.version) has \(count) deployments already; end some")
        }
        try put(
            Deployment(
                name: command.name, project: key.project, model: key.name, version: command.version,
                environment: command.environment, uri: command.uri, since: known?.since ?? header.at,
                reportedAt: header.at, reportedBy: header.principal), at: place)
        if known == nil { try put(CountRecord(count + 1), at: .deploymentCount(key, command.version)) }
        return .accepted(.none, known == nil ? [event] : [])
    }

    /// Recalls a thing, known here or not, or takes that back.
    mutating func recall(_ command: RecallThing, _ header: CommandHeader) throws(StorageError) -> Effect {
        if isTooLong(command.reason) { return .refused(.tooLong("reason")) }
        if command.reason.isEmpty { return .refused(.invalid, "a recall needs a reason; say why") }
        guard let thing = LineageThing(id: command.thing), thing.id == command.thing else {
            return .refused(
                .invalid,
                "“\(command.thing.prefix(100))” names nothing; write version:PROJECT/MODEL:N, dataset:name:NAME, dataset:digest:HEX, model:uri:URI…"
            )
        }
        // What was deleted may have to be recalled all the more.
        if command.isRecalled, let (key, number) = thing.version, try !contains(.version(key, number)),
            try !contains(.deletedVersion(key.version(number)))
        {
            return .refused(.missing(key, number))
        }
        let known = try contains(.recall(command.thing))
        guard command.isRecalled else {
            guard known else { return .refused(.notFound, "\(command.thing) is not recalled") }
            try delete(.recall(command.thing))
            return .accepted(.none)
        }
        if known { return .refused(.conflict, "\(command.thing) is recalled already") }
        try put(
            Recall(thing: command.thing, reason: command.reason, at: header.at, by: header.principal),
            at: .recall(command.thing))
        return .accepted(.none)
    }
}

extension LineageThing {
    /// The version of this registry that it is; nil for anything else.
    var version: (model: ModelKey, number: UInt64)? {
        // Probe: a version's name was checked when it was read; any other has none.
        guard kind == .version, let name, let reference = try? ModelReference(name),
            case .number(let number) = reference.selector
        else { return nil }
        return (ModelKey(reference.project, reference.model), number)
    }
}

extension Rejection {
    /// A version that does not exist.
    static func missing(_ model: ModelKey, _ number: UInt64) -> Rejection {
        Rejection(.notFound, "there is no version \(model):\(number); check project, model and number")
    }
}
