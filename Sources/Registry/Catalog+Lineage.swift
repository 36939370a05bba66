package import Models
package import Storage

extension Catalog {
    /// What `thing` is made of, or what is made of it, to a depth. Versions of projects that are not seen end the walk where
    /// something that is seen names them, and are left out elsewhere.
    package func lineage(
        of thing: LineageThing, _ direction: LineageDirection, depth: Int
    ) throws(StorageError) -> LineageGraph {
        var walk = LineageWalk(catalog: self, start: thing)
        if direction != .down {
            try walk.follow(depth: depth) { (walk, thing) throws(StorageError) in try walk.parents(of: thing) }
        }
        if direction != .up {
            try walk.follow(depth: depth) { (walk, thing) throws(StorageError) in try walk.children(of: thing) }
        }
        return try walk.graph()
    }

    /// The recall of a thing by any of its identities, or nil.
    package func recall(of thing: LineageThing) throws(StorageError) -> Recall? {
        for identity in thing.identities {
            if let recall: Recall = try reader.record(.recall(identity)) { return recall }
        }
        return nil
    }

    /// All recalls, in no order that means anything.
    package func recalls(limit: Int) throws(StorageError) -> [Recall] {
        var seen: [Recall] = []
        try reader.forEachRecord(in: StateKey.Listing.recalls.range(), page: limit) { (record) throws(StorageError) in
            let recall: Recall = try decode(record.value, at: record.key)
            if try sees(LineageThing(id: recall.thing)) { seen.append(recall) }
            return seen.count < limit
        }
        return seen
    }

    /// Whether it is anything but a version of a project that is not seen.
    fileprivate func sees(_ thing: LineageThing?) throws(StorageError) -> Bool {
        guard let project = thing?.version?.model.project else { return true }
        return try sees(project)
    }

    /// Where a version serves, by name.
    package func deployments(
        project: ProjectName, model: ModelName, version: UInt64
    ) throws(StorageError) -> [Deployment] {
        let range = StateKey.Listing.deployments(ModelKey(project, model), version).range()
        return try reader.records(range, limit: Limits.standard.deployments)
    }

    /// What a version is made of, as its metadata and what was added to them say.
    func lineageLinks(of version: Version) throws(StorageError) -> [LineageLink] {
        let additions = try lineageAdditions(
            project: version.project, model: version.model, version: version.number)
        let sources = [version.metadata] + additions.map { .object(["lineage": $0.lineage]) }
        // What builds before took for a lineage may be anything.
        return sources.flatMap { source -> [LineageLink] in
            do { return try Lineage.links(in: source) } catch { return [] }
        }
    }

    /// The versions that are said to be made of one, at most `limit`, whoever sees them.
    func versions(madeOf key: VersionKey, limit: Int) throws(StorageError) -> [VersionKey] {
        let thing = LineageThing(project: key.project, model: key.model, number: key.number)
        var found: [VersionKey] = []
        for identity in thing.identities {
            for edge in try Catalog(reader).lineageEdges(from: identity, limit: limit) {
                guard let (model, number) = edge.child.version else { continue }
                found.append(VersionKey(project: model.project, model: model.name, number: number))
            }
        }
        return found
    }

    /// What came to be known of a version's lineage after its registration, oldest first.
    package func lineageAdditions(
        project: ProjectName, model: ModelName, version: UInt64
    ) throws(StorageError) -> [LineageAddition] {
        let range = StateKey.Listing.lineageAdditions(ModelKey(project, model), version).range()
        return try reader.records(range, limit: Int(Limits.standard.lineageAdditions))
    }

    /// The recalls that a version falls under: its own, and those of all that it is made of. Who sees the version is told
    /// of them, whatever else he sees.
    package func recalls(of version: Version) throws(StorageError) -> [Recall] {
        let catalog = Catalog(reader)
        // Most clusters have none, and then nothing is walked.
        guard try !catalog.recalls(limit: 1).isEmpty else { return [] }
        let thing = LineageThing(project: version.project, model: version.model, number: version.number)
        return try catalog.lineage(of: thing, .up, depth: Limits.standard.lineageDepth).nodes.compactMap(\.recall)
    }
}

/// A walk along a lineage, breadth first, each thing once.
private struct LineageWalk {
    let catalog: Catalog
    private let start: LineageThing
    private var things: [LineageThing] = []
    private var seen: Set<String> = []
    private var edges: [LineageGraph.Edge] = []
    private var knownEdges: Set<LineageGraph.Edge> = []
    private var isTruncated = false

    init(catalog: Catalog, start: LineageThing) {
        self.catalog = catalog
        self.start = start
        _ = add(start)
    }

    /// A step from a thing to another, and the edge between them.
    typealias Step = (thing: LineageThing, edge: LineageGraph.Edge)

    mutating func follow(
        depth: Int, _ steps: (inout LineageWalk, LineageThing) throws(StorageError) -> [Step]
    ) throws(StorageError) {
        var (frontier, level) = ([start], 0)
        while !frontier.isEmpty {
            var next: [LineageThing] = []
            for thing in frontier {
                for step in try steps(&self, thing) {
                    guard level < depth else {
                        isTruncated = true
                        return
                    }
                    guard let isNew = add(step.thing) else { return }
                    if isNew { next.append(step.thing) }
                    if knownEdges.insert(step.edge).inserted { edges.append(step.edge) }
                }
            }
            frontier = next
            level += 1
        }
    }

    /// Whether the thing is new; nil when the graph is full.
    private mutating func add(_ thing: LineageThing) -> Bool? {
        if seen.contains(thing.id) { return false }
        guard things.count < Limits.standard.lineageNodes else {
            isTruncated = true
            return nil
        }
        seen.insert(thing.id)
        things.append(thing)
        return true
    }

    func parents(of thing: LineageThing) throws(StorageError) -> [Step] {
        guard let (model, number) = thing.version, try catalog.sees(model.project),
            let version = try catalog.version(project: model.project, model: model.name, number: number)
        else { return [] }
        return try catalog.lineageLinks(of: version).map {
            ($0.thing, .init(from: $0.thing.id, to: thing.id, relation: $0.relation))
        }
    }

    func children(of thing: LineageThing) throws(StorageError) -> [Step] {
        var found: [Step] = []
        for identity in thing.identities {
            for edge in try catalog.lineageEdges(from: identity, limit: Limits.standard.lineageNodes + 1) {
                found.append((edge.child, .init(from: thing.id, to: edge.child.id, relation: edge.relation)))
            }
        }
        guard let (model, number) = thing.version, try catalog.sees(model.project) else { return found }
        for deployment in try catalog.deployments(project: model.project, model: model.name, version: number) {
            let place = LineageThing(
                .deployment, name: "\(model):\(number)/\(deployment.name)",
                uri: deployment.uri.isEmpty ? nil : deployment.uri)
            found.append((place, .init(from: thing.id, to: place.id, relation: "deployment")))
        }
        return found
    }

    func graph() throws(StorageError) -> LineageGraph {
        var nodes: [LineageGraph.Node] = []
        for thing in things {
            // Of what is not seen, only what is seen and made of it brings word.
            let isTold = thing != start ? true : try catalog.sees(thing)
            nodes.append(LineageGraph.Node(thing, recall: isTold ? try catalog.recall(of: thing) : nil))
        }
        return LineageGraph(nodes: nodes, edges: edges, truncated: isTruncated)
    }
}

extension Catalog {
    /// The versions made of what has this identity that are seen, and how; of a limit, one more than a graph may have tells
    /// that there are more.
    fileprivate func lineageEdges(
        from identity: String, limit: Int
    ) throws(StorageError) -> [(child: LineageThing, relation: String)] {
        var found: [(LineageThing, String)] = []
        try reader.forEachRecord(in: StateKey.Listing.lineageEdges(identity).range(), page: limit) {
            (record) throws(StorageError) in
            let edge: LineageEdgeRecord = try decode(record.value, at: record.key)
            guard let child = StateKey.lineageChild(in: record.key) else {
                throw .corrupted("the state's key \(Hexadecimal.encode(record.key)) names no version")
            }
            if try sees(child) { found.append((child, edge.relation)) }
            return found.count < limit
        }
        return found
    }
}
