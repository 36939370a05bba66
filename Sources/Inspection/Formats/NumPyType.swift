/// The type of an array's elements, by NumPy's description of it (`descr`).
struct NumPyType {
    /// As NumPy writes it (`<f4`); `structured` when an element has fields, `subarray` when it is an array itself.
    let name: String
    /// Bytes of an element; of no meaning when it has objects.
    let bytes: UInt64
    /// Whether some part of an element is a Python object.
    let hasObjects: Bool

    /// Reads a description: a code, a list of fields, or a tuple of a type and a shape. Literals are bounded in depth,
    /// and so is this.
    init(_ description: PythonLiteral) throws(InspectionError) {
        switch description {
        case .string(let code): try self.init(code: code)
        case .list(let fields): try self.init(fields: fields)
        case .tuple(let parts) where parts.count == 2:
            let element = try NumPyType(parts[0])
            let bytes = try Self.size(of: element, shape: parts[1])
            self.init(name: "subarray", bytes: bytes, hasObjects: element.hasObjects)
        case .tuple, .integer, .boolean: throw .malformed("its descr is no type")
        }
    }

    private init(name: String, bytes: UInt64, hasObjects: Bool) {
        self.name = name
        self.bytes = bytes
        self.hasObjects = hasObjects
    }

    /// Byte order, kind, and bytes of an element or, of text, characters: `<f4`, `|S10`, `<M8[ns]`.
    private init(code: String) throws(InspectionError) {
        let unknown = InspectionError.malformed("its type \(ShownText.name(code)) is not known")
        var rest = Substring(code)
        if let order = rest.first, "<>|=".contains(order) { rest.removeFirst() }
        guard let kind = rest.popFirst() else { throw unknown }
        let digits = rest.prefix { "0"..."9" ~= $0 }
        let unit = rest.dropFirst(digits.count)
        if kind == "O" {
            guard unit.isEmpty else { throw unknown }
            self.init(name: code, bytes: 0, hasObjects: true)
            return
        }
        // A type of 2 GiB is the largest that NumPy makes.
        guard let count = UInt64(digits), count <= UInt64(Int32.max), Self.exists(kind, count) else { throw unknown }
        guard unit.isEmpty || "mM".contains(kind) && unit.hasPrefix("[") && unit.hasSuffix("]") else { throw unknown }
        self.init(name: code, bytes: kind == "U" ? 4 * count : count, hasObjects: false)
    }

    private static func exists(_ kind: Character, _ count: UInt64) -> Bool {
        switch kind {
        case "b": count == 1
        case "i", "u": [1, 2, 4, 8].contains(count)
        case "f": [2, 4, 8, 12, 16].contains(count)
        case "c": [8, 16, 24, 32].contains(count)
        case "m", "M": count == 8
        case "S", "a", "U", "V": true
        default: false
        }
    }

    /// Fields: `('name', type)` or `('name', type, shape)`, the name a pair when there is a title.
    private init(fields: [PythonLiteral]) throws(InspectionError) {
        var total: UInt64 = 0
        var hasObjects = false
        for field in fields {
            guard case .tuple(let parts) = field, 2...3 ~= parts.count, Self.isName(parts[0]) else {
                throw .malformed("a field of its type is no tuple of name and type")
            }
            let element = try NumPyType(parts[1])
            let size = parts.count == 3 ? try Self.size(of: element, shape: parts[2]) : element.bytes
            let (sum, overflow) = total.addingReportingOverflow(size)
            guard !overflow else { throw .malformed("its type is larger than 64 bits can say") }
            total = sum
            hasObjects = hasObjects || element.hasObjects
        }
        self.init(name: "structured", bytes: total, hasObjects: hasObjects)
    }

    private static func isName(_ literal: PythonLiteral) -> Bool {
        switch literal {
        case .string: true
        case .tuple(let parts): parts.count == 2 && parts.allSatisfy { if case .string = $0 { true } else { false } }
        case .integer, .boolean, .list: false
        }
    }

    /// Bytes of an array within an element.
    private static func size(of element: NumPyType, shape: PythonLiteral) throws(InspectionError) -> UInt64 {
        let lengths = if case .tuple(let lengths) = shape { lengths } else { [shape] }
        var shape: [UInt64] = []
        for length in lengths {
            guard case .integer(let value) = length, value >= 0 else {
                throw .malformed("a shape within its type holds something else than integers from 0 on")
            }
            shape.append(UInt64(value))
        }
        guard let size = NumPy.size(of: shape, element: element.bytes) else {
            throw .malformed("its type is larger than 64 bits can say")
        }
        return size
    }
}
