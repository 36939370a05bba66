import Models

/// What each instruction does to the stack (CPython's `Lib/pickle.py`, class `_Unpickler`).
extension PickleStream {
    /// The magic number in the first pickle of an old file of PyTorch, as `LONG1` writes it.
    private static let torchMagic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

    mutating func follow(_ opcode: PickleOpcode, _ argument: PickleArgument) {
        switch opcode {
        case .version, .frame, .readOnlyBuffer: announce(opcode, argument)
        case .stop: stop()
        case .mark: machine.mark()
        case .pop: machine.discard()
        case .popMark: _ = machine.popToMark()
        case .duplicate: machine.push(machine.top)
        case .put, .binaryPut, .longBinaryPut: machine.put(argument.number)
        case .memoize: machine.put(Int64(machine.values.memo.count))
        case .get, .binaryGet, .longBinaryGet: machine.get(argument.number)
        case .global, .instantiate, .stackGlobal, .extension1, .extension2, .extension4: load(opcode, argument)
        case .reduce, .newObject: machine.call()
        case .newObjectWithKeywords: machine.callWithKeywords()
        case .object: machine.callAboveMark()
        case .build: build()
        case .persistentID: machine.refer(to: .opaque)
        case .binaryPersistentID: machine.refer(to: machine.pop())
        case .emptyTuple, .tuple1, .tuple2, .tuple3, .tuple, .emptyList, .list, .emptySet, .frozenSet: collect(opcode)
        case .emptyDictionary, .dictionary: makeDictionary(opcode)
        case .append, .appends, .addItems, .setItem, .setItems: extend(opcode)
        default: pushValue(opcode, argument)
        }
    }

    private mutating func announce(_ opcode: PickleOpcode, _ argument: PickleArgument) {
        guard opcode == .version, case .number(let version) = argument else { return }
        guard version <= 5 else { return machine.breakDown("it is of protocol \(version), which does not exist") }
        protocolVersion = max(protocolVersion, UInt8(truncatingIfNeeded: version))
    }

    private mutating func load(_ opcode: PickleOpcode, _ argument: PickleArgument) {
        switch (opcode, argument) {
        case (.stackGlobal, _): machine.importFromStack()
        case (.global, .lines(let module, let name)):
            machine.import(String(decoding: module, as: UTF8.self), String(decoding: name, as: UTF8.self))
        case (.instantiate, .lines(let module, let name)):
            machine.instantiate(String(decoding: module, as: UTF8.self), String(decoding: name, as: UTF8.self))
        case (.global, _), (.instantiate, _):
            machine.lose("it imports something with a name of more than \(limits.lineBytes) bytes")
        default:
            machine.evidence.add(.unknown, "it imports by a number, which only its loader can look up")
            machine.push(.opaque)
        }
    }

    private mutating func build() {
        guard let (instance, state) = machine.build() else { return }
        let array = dialect == .joblib ? PickledArray.follows(instance, state: state, in: machine) : nil
        PickledArray.note(state, of: instance, in: &machine)
        if let array { readArray(array) }
    }

    private mutating func collect(_ opcode: PickleOpcode) {
        switch opcode {
        case .emptyTuple: machine.push(.tuple([]))
        case .tuple1, .tuple2, .tuple3:
            let count = Int(opcode.rawValue - PickleOpcode.tuple1.rawValue) + 1
            var items: [PickleSymbol] = []
            for _ in 0..<count { items.append(machine.pop()) }
            machine.pushTuple(items.reversed())
        case .tuple: machine.pushTuple(machine.popToMark())
        case .list, .frozenSet:
            _ = machine.popToMark()
            machine.push(.opaque)
        default: machine.push(.opaque)
        }
    }

    private mutating func makeDictionary(_ opcode: PickleOpcode) {
        let items = opcode == .dictionary ? machine.popToMark() : []
        machine.push(.dictionary(PickledDictionary()))
        machine.setItems(items)
    }

    private mutating func extend(_ opcode: PickleOpcode) {
        switch opcode {
        case .append:
            _ = machine.pop()
            machine.addItems()
        case .setItem:
            let value = machine.pop()
            machine.setItems([machine.pop(), value])
        case .setItems: machine.setItems(machine.popToMark())
        default:
            _ = machine.popToMark()
            machine.addItems()
        }
    }

    private mutating func pushValue(_ opcode: PickleOpcode, _ argument: PickleArgument) {
        switch opcode {
        case .none: machine.push(.none)
        case .binaryInteger: machine.push(.integer(Int64(Int32(truncatingIfNeeded: argument.number ?? 0))))
        case .binaryInteger1, .binaryInteger2: machine.push(.integer(argument.number ?? 0))
        case .long1, .long4:
            if isFirstValue, case .bytes(let bytes) = argument, bytes.elementsEqual(Self.torchMagic) {
                isTorch = true
                machine.readsStorages = true
            }
            machine.push(argument.long.map { .integer($0) } ?? .opaque)
        case .integer, .long: machine.push(argument.number.map { .integer($0) } ?? .opaque)
        case .shortBinaryUnicode, .binaryUnicode, .binaryUnicode8, .binaryString, .shortBinaryString:
            machine.push(argument.text.map { .text($0) } ?? .opaque)
        case .unicode: pushLine(argument, PickleText.rawUnicode)
        case .string: pushLine(argument, PickleText.quoted)
        default: machine.push(.opaque)
        }
    }

    private mutating func pushLine(_ argument: PickleArgument, _ read: (ArraySlice<UInt8>) -> String?) {
        guard case .lines(let line, _) = argument, line.count <= limits.textBytes else { return machine.push(.opaque) }
        machine.push(read(line).map { .text($0) } ?? .opaque)
    }
}
