/// A document's facets and numbers, cut to the limits, without duplicates and in a fixed order.
struct DocumentFacets: Sendable {
    var facets: [(key: String, value: String)] = []
    var numbers: [(key: String, value: Double)] = []

    init(_ document: SearchDocument, limits: SearchLimits) {
        struct Pair: Hashable { var key: String, value: String }
        var seen: Set<Pair> = []
        func add(_ key: String, _ value: String, to facets: inout [(key: String, value: String)]) {
            let value = IndexedText.clean(value, bytes: limits.valueBytes)
            guard !value.isEmpty, facets.count < limits.facetValues, seen.insert(Pair(key: key, value: value)).inserted
            else { return }
            facets.append((key, value))
        }
        add("project", document.id.project, to: &facets)
        // Those with few values first: a card with a thousand languages does not crowd out the stage.
        for (key, values) in document.facets.sorted(by: { ($0.value.count, $0.key) < ($1.value.count, $1.key) }) {
            let key = DocumentFacets.folded(key, limits)
            for value in values { add(key, value, to: &facets) }
        }
        for tag in document.tags.prefix(limits.tags) { add("tag", tag, to: &facets) }
        let finite = document.numbers.filter(\.value.isFinite).sorted { $0.key < $1.key }
        numbers = finite.prefix(limits.numbers).map { (DocumentFacets.folded($0.key, limits), $0.value) }
    }

    private static func folded(_ key: String, _ limits: SearchLimits) -> String {
        IndexedText.clean(key.lowercased(), bytes: limits.valueBytes)
    }
}
