/// What a request says of something that may be set to nothing: RFC 7396 writes these as a missing member, `null` and a
/// value.
public enum Setting<Value: Hashable & Sendable>: Hashable, Sendable {
    /// It stays as it is.
    case unchanged
    /// It shall be nothing.
    case none
    /// It shall be this.
    case value(Value)

    /// The same of what `transform` makes of the value.
    package func map<Other>(_ transform: (Value) throws -> Other) rethrows -> Setting<Other> {
        switch self {
        case .unchanged: .unchanged
        case .none: .none
        case .value(let value): .value(try transform(value))
        }
    }

    /// What there is afterwards, if there was `present` before.
    package func applied(to present: Value?) -> Value? {
        switch self {
        case .unchanged: present
        case .none: nil
        case .value(let value): value
        }
    }
}

extension Setting {
    /// Appends which it is, and the value if there is one.
    package func encode(to writer: inout CanonicalWriter, _ body: (inout CanonicalWriter, Value) -> Void) {
        switch self {
        case .unchanged: writer.write(UInt8(0))
        case .none: writer.write(UInt8(1))
        case .value(let value):
            writer.write(UInt8(2))
            body(&writer, value)
        }
    }

    /// Reads what `encode` wrote.
    package init(
        from reader: inout CanonicalReader, _ body: (inout CanonicalReader) throws(CanonicalError) -> Value
    ) throws(CanonicalError) {
        switch try reader.readInteger(UInt8.self) {
        case 0: self = .unchanged
        case 1: self = .none
        case 2: self = .value(try body(&reader))
        case let other: throw .invalid("\(other) is not a kind of setting")
        }
    }
}

extension KeyedDecodingContainer {
    /// The setting at `key`: a missing member leaves it as it is.
    func decodeSetting<Value: Decodable>(_ key: Key) throws -> Setting<Value> {
        guard contains(key) else { return .unchanged }
        return try decodeNil(forKey: key) ? .none : .value(try decode(Value.self, forKey: key))
    }
}

extension KeyedEncodingContainer {
    /// Writes the setting at `key`, unless it leaves things as they are.
    mutating func encode(_ setting: Setting<some Encodable>, forKey key: Key) throws {
        switch setting {
        case .unchanged: break
        case .none: try encodeNil(forKey: key)
        case .value(let value): try encode(value, forKey: key)
        }
    }
}
