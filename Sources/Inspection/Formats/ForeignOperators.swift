/// Operators that the runtime does not bring, and those that the model itself defines.
struct ForeignOperators {
    private struct Operator: Hashable {
        var domain: ExactText
        var name: ExactText
    }

    private var used: Set<Operator> = []
    private var order: [Operator] = []
    private var defined: Set<Operator> = []
    private var areMore = false

    /// Remembers an operator that a node needs.
    mutating func use(_ name: String, domain: String, limit: Int) {
        let entry = Operator(domain: ExactText(domain), name: ExactText(name))
        guard !used.contains(entry) else { return }
        guard used.count < limit else {
            areMore = true
            return
        }
        used.insert(entry)
        order.append(entry)
    }

    /// Remembers an operator that the model makes of others, whose nodes are looked at themselves.
    mutating func define(_ name: String, domain: String) {
        defined.insert(Operator(domain: ExactText(domain), name: ExactText(name)))
    }

    /// What nobody is known to bring.
    var doubts: [String] {
        let missing = order.filter { !defined.contains($0) }.map {
            "the operator \(ShownText.name($0.name.text)) of \(ShownText.name($0.domain.text)) needs a native library"
        }
        return missing + (areMore ? ["operators of other domains are too many to be remembered"] : [])
    }
}
