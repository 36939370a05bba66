import Models

/// An array as joblib writes it: its description as an object, its bytes behind the instruction that completes it
/// (joblib's `numpy_pickle.py`, `NumpyArrayWrapper.read_array`).
enum PickledArray: Equatable {
    /// So many bytes follow; before them, if `isPadded`, a byte that says how many others come first.
    case bytes(UInt64, isPadded: Bool)
    /// The array holds objects: a pickle follows.
    case objects
    /// It cannot be told what follows.
    case uncertain

    static let wrappers: Set<PickleImport> = [PickleImport("joblib.numpy_pickle", "NumpyArrayWrapper")]
    /// What joblib wrote before 0.10: its bytes are in other files.
    static let oldWrappers: Set<PickleImport> = [
        PickleImport("joblib.numpy_pickle", "NDArrayWrapper"),
        PickleImport("joblib.numpy_pickle_compat", "NDArrayWrapper"),
    ]
    private static let types: Set<PickleImport> = [PickleImport("numpy", "dtype")]

    /// Follows `BUILD` of `instance`. The state of a type says whether its items are objects; NumPy believes it, so that
    /// with a crafted one it takes numbers for addresses.
    static func note(_ state: PickleSymbol, of instance: PickledInstance, in machine: inout PickleMachine) {
        defer { instance.isBuilt = true }
        guard machine.isImport(.imported(instance.origin), types) else { return }
        // (version, byte order, subarray, names, fields, size, alignment, flags), for times with their unit behind it.
        guard !instance.isBuilt, case .tuple(let items) = state, items.count == 8 || items.count == 9,
            let size = items[5].integer, let flags = items[7].integer, let kind = kind(instance)
        else {
            instance.isUncertain = true
            return machine.evidence.add(.unknown, "it gives a type of arrays a state that NumPy does not write")
        }
        let isPlain = items[2...4].allSatisfy(\.isNone)
        switch kind {
        case "b", "i", "u", "f", "c", "m", "M": if isPlain, size == -1, flags == 0 { return }
        case "O": if isPlain, size == -1, flags == 63 { return }
        case "U", "S", "V":
            instance.stateBytes = UInt64(exactly: size)
            if isPlain, size >= 0, flags == (kind == "U" ? 8 : 0) { return }
        default: break
        }
        // What follows in a file of joblib can be told of a structure, but not whether its parts are objects.
        let isStructure = kind == "V" && size >= 0 && flags & 1 == 0
        instance.isUncertain = !isStructure
        machine.evidence.add(
            .unknown,
            isStructure
                ? "it has arrays of structures, whose parts are not checked"
                : "it gives a type of arrays a state that NumPy does not write")
    }

    /// What follows `BUILD` of `instance` with `state`; nil when that is no array of joblib.
    static func follows(_ instance: PickledInstance, state: PickleSymbol, in machine: PickleMachine) -> PickledArray? {
        let origin = PickleSymbol.imported(instance.origin)
        if machine.isImport(origin, oldWrappers) { return .uncertain }
        guard machine.isImport(origin, wrappers) else {
            // Some functions make an object of the class that they are given.
            return instance.arguments.contains { machine.isImport($0, wrappers) } ? .uncertain : nil
        }
        // With arguments, attributes would be set that the state need not repeat.
        guard !instance.isBuilt, !instance.isUncertain, instance.arguments.isEmpty, case .dictionary(let state) = state,
            !state.isUncertain,
            case .instance(let type) = state.entries["dtype"], !type.isUncertain,
            machine.isImport(.imported(type.origin), types)
        else { return .uncertain }
        if isObject(type) { return .objects }
        guard let itemBytes = itemBytes(type), case .tuple(let shape) = state.entries["shape"] else {
            return .uncertain
        }
        var count = itemBytes
        for length in shape {
            guard let length = length.integer, length >= 0 else { return .uncertain }
            let (product, overflow) = count.multipliedReportingOverflow(by: UInt64(length))
            if overflow || product > UInt64(Int64.max) { return .uncertain }
            count = product
        }
        switch state.entries["numpy_array_alignment_bytes"] {
        case nil, .some(.none): return .bytes(count, isPadded: false)
        case .integer: return .bytes(count, isPadded: true)
        default: return .uncertain
        }
    }

    /// Bytes of an item by the name of its type. Others can have any size or hold objects.
    private static func itemBytes(_ type: PickledInstance) -> UInt64? {
        if let bytes = type.stateBytes { return bytes }
        switch type.arguments.first?.text {
        case "b1", "i1", "u1": return 1
        case "f2", "i2", "u2": return 2
        case "f4", "i4", "u4": return 4
        case "f8", "i8", "u8", "c8", "M8", "m8": return 8
        case "f16", "c16": return 16
        case "c32": return 32
        default: return nil
        }
    }

    /// The letter of a type as NumPy names it in pickles: `f8`, `U10`, `O8`.
    private static func kind(_ type: PickledInstance) -> Unicode.Scalar? {
        guard let name = type.arguments.first?.text?.unicodeScalars, let kind = name.first,
            name.dropFirst().allSatisfy({ ("0"..."9").contains($0) })
        else { return nil }
        return kind
    }

    private static func isObject(_ type: PickledInstance) -> Bool { kind(type) == "O" }
}
