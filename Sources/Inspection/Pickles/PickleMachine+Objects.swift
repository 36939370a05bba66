import Models

/// Calls and changes of objects.
extension PickleMachine {
    /// `REDUCE`, `NEWOBJ`: calls what lies below the arguments.
    mutating func call() {
        let arguments = pop()
        call(pop(), arguments)
    }

    /// `NEWOBJ_EX`: with arguments by name above the others.
    mutating func callWithKeywords() {
        _ = pop()
        let arguments = pop()
        call(pop(), arguments, isPlain: false)
    }

    /// `OBJ`: what is called lies above the mark, the arguments above it.
    mutating func callAboveMark() {
        let taken = popToMark()
        guard let callee = taken.first else {
            breakDown("an instruction calls nothing")
            return push(.opaque)
        }
        call(callee, .tuple(taken.dropFirst().prefix(limits.keptItems).map(\.item)))
    }

    /// `INST`: what is called is named, the arguments lie above the mark.
    mutating func instantiate(_ module: String, _ name: String) {
        let arguments = popToMark().prefix(limits.keptItems).map(\.item)
        self.import(module, name)
        call(pop(), .tuple(Array(arguments)))
    }

    private mutating func call(_ callee: PickleSymbol, _ arguments: PickleSymbol, isPlain: Bool = true) {
        guard case .imported(let number) = callee else {
            evidence.add(.unknown, "it calls something that is no import, but a result")
            return push(.opaque)
        }
        guard isPlain, case .tuple(let arguments) = arguments else {
            let instance = PickledInstance(of: number, [])
            instance.isUncertain = true
            return push(.instance(instance))
        }
        if imports[number] == Self.typeRebuilder, !isOfTorch(arguments.first) {
            evidence.add(.unknown, "it has PyTorch call what is none of its own functions")
        }
        push(.instance(PickledInstance(of: number, arguments.map(\.item))))
    }

    /// Calls the function that it is given, and gives the result a state.
    private static let typeRebuilder = PickleImport("torch._tensor", "_rebuild_from_type_v2")

    private func isOfTorch(_ symbol: PickleSymbol?) -> Bool {
        guard case .imported(let number) = symbol else { return false }
        return imports[number].module == "torch._utils"
    }

    /// `BUILD`: gives a state to what lies below it. Says what was built.
    mutating func build() -> (PickledInstance, state: PickleSymbol)? {
        let state = pop()
        switch top {
        case .imported(let number): changeImport(number)
        case .instance(let instance): return (instance, state)
        default: break
        }
        return nil
    }

    /// `SETITEM`, `APPEND` and their like: changes what lies below the values.
    mutating func setItems(_ items: [PickleSymbol]) {
        switch top {
        case .dictionary(let dictionary):
            var rest = items[...]
            while let key = rest.popFirst(), let value = rest.popFirst() { dictionary.set(key, value) }
        default: addItems()
        }
    }

    /// `APPEND`, `APPENDS`, `ADDITEMS`: their items are of no interest.
    mutating func addItems() {
        switch top {
        case .imported(let number): changeImport(number)
        case .instance(let instance): instance.isUncertain = true
        case .dictionary(let dictionary): dictionary.isUncertain = true
        default: break
        }
    }

    /// What is imported belongs to the whole process: changing it changes what other code does.
    private mutating func changeImport(_ number: Int) {
        let named = imports[number]
        evidence.add(.unknown, "it changes \(named.module).\(named.name) itself")
    }

    /// `PERSID`, `BINPERSID`: an object that the loader is to find. PyTorch's are storages:
    /// `('storage', type, key, location, count)`.
    mutating func refer(to identity: PickleSymbol) {
        if readsStorages, case .tuple(let items) = identity, items.first?.text == "storage", items.count >= 2,
            case .imported = items[1]
        {
            return push(.opaque)
        }
        evidence.add(.unknown, "it refers to objects beside it, which its loader has to find")
        push(.opaque)
    }

    /// A tuple of `items`, of which not all need be kept.
    mutating func pushTuple(_ items: [PickleSymbol]) {
        push(items.count <= limits.keptItems ? .tuple(items.map(\.item)) : .opaque)
    }
}
