import Models

/// The index of a model that is spread over several safetensors files (`model.safetensors.index.json`): which tensor is
/// in which of them.
package struct SafetensorsIndex: Sendable {
    /// The tensors of each shard, in the index's order.
    private var tensors: [ExactText: [String]] = [:]
    /// What findings call it.
    package static let format = "safetensors index"

    /// The names of the shards, in the order in which the index first names them.
    package private(set) var shards: [String] = []
    /// Why the names of some shards are not to be followed.
    private var unsafe: [String] = []
    private var metadata: [(key: String, value: String)] = []

    /// Reads the index.
    package init(_ bytes: some RandomAccessBytes, limits: FormatLimits = .standard) async throws(InspectionError) {
        var reader = try JSONReader(try await JSONText.read(bytes, limits: limits), limits: limits)
        try reader.expect(.beginObject, "the index is no object")
        var hasMap = false
        while case .name(let key) = try reader.next() {
            switch key {
            case "weight_map":
                hasMap = true
                try readMap(&reader, limits: limits)
            case "metadata": try readMetadata(&reader)
            default: try reader.skipValue()
            }
        }
        guard try reader.next() == nil else { throw reader.broken("something follows the index") }
        guard hasMap else { throw .malformed("the index has no “weight_map”") }
    }

    /// What the index says. Its shards become companions, unless their names lead out of the model's folder.
    package static func inspect(
        _ bytes: some RandomAccessBytes, limits: FormatLimits = .standard
    ) async throws(InspectionError) -> Finding {
        let index = try await SafetensorsIndex(bytes, limits: limits)
        var facts = Facts()
        facts.companions = index.shards.filter { CompanionPath.problem(of: $0) == nil }
        for (key, value) in index.metadata { facts.note(key, value) }
        return Finding(
            format: format, verdict: index.unsafe.isEmpty ? .safe : .dangerous,
            reasons: ShownText.reasons(index.unsafe), facts: facts)
    }

    /// What does not fit between the index and its shards, by their names in the index: one that is missing, a tensor
    /// that its shard does not have, a tensor in a shard that the index does not name. Shards that the index does not
    /// name are not looked at.
    package func problems(shards found: [String: Facts]) -> [String] {
        let found = Dictionary(uniqueKeysWithValues: found.map { (ExactText($0), $1) })
        var problems: [String] = []
        for shard in shards where !ShownText.areEnough(problems) {
            let shown = ShownText.name(shard)
            guard let facts = found[ExactText(shard)] else {
                problems.append("the shard \(shown) is missing")
                continue
            }
            let named = tensors[ExactText(shard)] ?? []
            let held = Set(facts.tensors.map { ExactText($0.name) })
            for tensor in named where !held.contains(ExactText(tensor)) && !ShownText.areEnough(problems) {
                problems.append("the shard \(shown) lacks the tensor \(ShownText.name(tensor))")
            }
            let expected = Set(named.map { ExactText($0) })
            for tensor in facts.tensors.map(\.name) where !expected.contains(ExactText(tensor)) {
                if ShownText.areEnough(problems) { break }
                problems.append(
                    "the shard \(shown) has the tensor \(ShownText.name(tensor)), which the index does not name")
            }
        }
        return ShownText.reasons(problems)
    }

    private mutating func readMap(_ reader: inout JSONReader, limits: FormatLimits) throws(InspectionError) {
        try reader.expect(.beginObject, "the “weight_map” is no object")
        var count: UInt64 = 0
        while case .name(let tensor) = try reader.next() {
            count += 1
            guard count <= limits.tensors else { throw .malformed("it names more than \(limits.tensors) tensors") }
            let shard = try reader.readString("the file of a tensor")
            if tensors[ExactText(shard)] == nil {
                guard shards.count < limits.companions else {
                    throw .malformed("it names more than \(limits.companions) files")
                }
                shards.append(shard)
                if let problem = CompanionPath.problem(of: shard) {
                    unsafe.append("the index names the file \(ShownText.name(shard)), which \(problem)")
                }
            }
            tensors[ExactText(shard), default: []].append(tensor)
        }
    }

    private mutating func readMetadata(_ reader: inout JSONReader) throws(InspectionError) {
        try reader.expect(.beginObject, "the “metadata” are no object")
        while case .name(let key) = try reader.next() {
            let outer = reader.depth
            let token = try reader.next()
            if let text = token.flatMap(JSONText.shown) { metadata.append((key, text)) }
            while reader.depth > outer { _ = try reader.next() }
        }
    }
}
