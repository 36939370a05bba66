/// A class or function that a pickle names.
package struct PickleImport: Hashable, Sendable {
    package let module: String
    package let name: String

    package init(_ module: String, _ name: String) {
        self.module = module
        self.name = name
    }
}

/// A value on the stack of a pickle, as far as it matters which: for naming imports, and for arrays whose bytes follow.
///
/// Nests three levels at most, so that releasing one does not recurse deeper: an item of a tuple is no tuple with
/// tuples, an argument and an entry neither.
enum PickleSymbol {
    /// Something that need not be known.
    case opaque
    case none
    case integer(Int64)
    case text(String)
    case tuple([PickleSymbol])
    /// The import with this number.
    case imported(Int)
    case dictionary(PickledDictionary)
    case instance(PickledInstance)

    /// As an item of a tuple or an argument.
    var item: PickleSymbol {
        switch self {
        case .tuple, .dictionary, .instance: .opaque
        default: self
        }
    }

    /// As an entry of a dictionary.
    var entry: PickleSymbol {
        if case .dictionary = self { .opaque } else { self }
    }

    var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    var text: String? { if case .text(let value) = self { value } else { nil } }
    var isNone: Bool { if case .none = self { true } else { false } }
}

/// A dictionary that the pickle makes. A reference, as in Python: it is known by the memo, too.
final class PickledDictionary {
    /// Entries kept: the state of an array has six.
    private static let most = 16

    private(set) var entries: [String: PickleSymbol] = [:]
    /// It has been changed in a way that was not followed.
    var isUncertain = false

    func set(_ key: PickleSymbol, _ value: PickleSymbol) {
        guard case .text(let key) = key else {
            isUncertain = true
            return
        }
        guard entries.count < Self.most || entries[key] != nil else {
            isUncertain = true
            return
        }
        entries[key] = value.entry
    }
}

/// An object that the pickle makes by calling an import.
final class PickledInstance {
    /// The number of the import.
    let origin: Int
    let arguments: [PickleSymbol]
    /// It was given a state.
    var isBuilt = false
    /// Of the type of an array: bytes of an item by its state.
    var stateBytes: UInt64?
    /// It was given a state other than the plain one of an array's type, or changed in another way.
    var isUncertain = false

    init(of origin: Int, _ arguments: [PickleSymbol]) {
        self.origin = origin
        self.arguments = arguments
    }
}
