import Models

/// Does to symbols what a loader does to objects: nothing is imported, called or made. Where a loader would stop with an
/// error it goes on, for its own idea of the stack may be the wrong one, and remembers that the pickle is broken.
struct PickleMachine {
    /// The values of one pickle.
    struct Values {
        var stack: [PickleSymbol] = []
        /// Where the marks lie: below how many values of the stack.
        var marks: [Int] = []
        /// By number: `MEMOIZE` takes the count of those that are there.
        var memo: [Int64: PickleSymbol] = [:]
    }

    let limits: InspectionLimits
    /// What refers to objects beside the pickle is understood: PyTorch's storages are.
    var readsStorages: Bool
    var evidence = Evidence()
    var values = Values()
    /// It cannot be followed any further.
    private(set) var isLost = false
    private(set) var imports: [PickleImport] = []
    private var importNumbers: [PickleImport: Int] = [:]
    private var memoTextBytes = 0

    init(readsStorages: Bool, limits: InspectionLimits) {
        self.readsStorages = readsStorages
        self.limits = limits
    }

    /// Forgets the values: a new pickle begins.
    mutating func clear() {
        values = Values()
        memoTextBytes = 0
    }

    /// It goes beyond a limit: what follows is not looked at.
    mutating func lose(_ reason: String) {
        evidence.add(.unknown, reason)
        isLost = true
    }

    /// A loader stops here, or the file was made by none of the usual programs.
    mutating func breakDown(_ reason: String) { evidence.add(.malformed, reason) }

    // The stack.

    mutating func push(_ symbol: PickleSymbol) {
        guard values.stack.count < limits.stackDepth else {
            return lose("its stack has more than \(limits.stackDepth) values")
        }
        values.stack.append(symbol)
    }

    /// Takes the top value; what lies below a mark cannot be had.
    mutating func pop() -> PickleSymbol {
        guard values.stack.count > values.marks.last ?? 0, let top = values.stack.popLast() else {
            breakDown("an instruction takes a value from an empty stack")
            return .opaque
        }
        return top
    }

    /// The top value, which stays.
    var top: PickleSymbol {
        values.stack.count > values.marks.last ?? 0 ? values.stack.last ?? .opaque : .opaque
    }

    mutating func mark() {
        guard values.marks.count < limits.stackDepth else {
            return lose("its stack has more than \(limits.stackDepth) marks")
        }
        values.marks.append(values.stack.count)
    }

    /// Takes all values above the mark, and the mark.
    mutating func popToMark() -> [PickleSymbol] {
        guard let mark = values.marks.popLast(), mark <= values.stack.count else {
            breakDown("an instruction looks for a mark that is not there")
            return []
        }
        // A copy: a slice that shares the stack would have the whole of it copied when it shrinks.
        let taken = Array(values.stack[mark...])
        values.stack.removeSubrange(mark...)
        return taken
    }

    /// `POP`, which takes a mark if that is on top (CPython's `load_pop`).
    mutating func discard() {
        if let mark = values.marks.last, mark == values.stack.count {
            values.marks.removeLast()
        } else {
            _ = pop()
        }
    }

    // The memo.

    mutating func put(_ number: Int64?) {
        guard let number, number >= 0 else { return breakDown("a number of the memo is none") }
        guard values.memo.count < limits.memoEntries || values.memo[number] != nil else {
            return lose("its memo has more than \(limits.memoEntries) numbers")
        }
        let symbol = top
        if case .text(let text) = symbol, text.utf8.count > 15 {
            memoTextBytes &+= text.utf8.count
            guard memoTextBytes <= limits.memoTextBytes else {
                return lose("its memo has more than \(limits.memoTextBytes) bytes of text")
            }
        }
        values.memo[number] = symbol
    }

    mutating func get(_ number: Int64?) {
        guard let number, let symbol = values.memo[number] else {
            breakDown("an instruction asks for a number of the memo that is not there")
            return push(.opaque)
        }
        push(symbol)
    }

    // Imports.

    /// Judges an import. That its result is thrown away does not matter: it was imported.
    mutating func `import`(_ module: String, _ name: String) {
        let named = PickleImport(module, name)
        if let number = importNumbers[named] { return push(.imported(number)) }
        guard imports.count < limits.imports else {
            return lose("it imports more than \(limits.imports) different things")
        }
        importNumbers[named] = imports.count
        push(.imported(imports.count))
        imports.append(named)
        switch PickleAllowList.verdict(on: named) {
        case .safe: break
        case .dangerous:
            evidence.add(.dangerous, "it imports \(Self.shown(named)), which can run code or reach the system")
        case .unknown, .malformed:
            evidence.add(.unknown, "it imports \(Self.shown(named)), which is not known to be harmless")
        }
    }

    /// `STACK_GLOBAL`: the names are computed.
    mutating func importFromStack() {
        // Where they are not there nothing is imported: every loader stops.
        guard values.stack.count - (values.marks.last ?? 0) >= 2 else {
            breakDown("an instruction takes a value from an empty stack")
            return push(.opaque)
        }
        let name = pop()
        let module = pop()
        guard case .text(let module) = module, case .text(let name) = name else {
            evidence.add(.dangerous, "it imports something whose name it hides")
            return push(.opaque)
        }
        self.import(module, name)
    }

    /// Whether `symbol` is the import of that name.
    func isImport(_ symbol: PickleSymbol, _ names: Set<PickleImport>) -> Bool {
        guard case .imported(let number) = symbol else { return false }
        return names.contains(imports[number])
    }

    private static func shown(_ named: PickleImport) -> String {
        Evidence.shown("\(named.module).\(named.name)", limit: 100)
    }
}
