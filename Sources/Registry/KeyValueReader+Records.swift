import Models
import Storage

extension KeyValueReader {
    /// The state's record at `key`, or nil.
    func record<Record: CanonicalCodable>(
        _ key: StateKey, as type: Record.Type = Record.self
    ) throws(StorageError) -> Record? {
        guard let value = try value(for: key.bytes, in: .state) else { return nil }
        return try decode(value, at: key.bytes)
    }

    /// The state's records in `range`, at most `limit`.
    func records<Record: CanonicalCodable>(
        _ range: KeyRange, limit: Int, reversed: Bool = false
    ) throws(StorageError) -> [Record] {
        // Map with a typed error loses it: the loop keeps it.
        var decoded: [Record] = []
        for record in try records(in: range, of: .state, limit: limit, reversed: reversed) {
            decoded.append(try decode(record.value, at: record.key))
        }
        return decoded
    }

    /// Gives the state's records in `range` to `body`, in order, until it returns false; reads `page` of them at a time.
    func forEachRecord(
        in range: KeyRange, page size: Int, _ body: (KeyValue) throws(StorageError) -> Bool
    ) throws(StorageError) {
        var rest = range
        while true {
            let page = try records(in: rest, of: .state, limit: size, reversed: false)
            for record in page { guard try body(record) else { return } }
            guard let last = page.last, page.count == size else { return }
            rest = KeyRange(lower: last.key + [0], upper: range.upper)
        }
    }
}

/// The record whose canonical bytes `value` is. Anything else is damage: the state holds nothing that was not encoded
/// here.
func decode<Record: CanonicalCodable>(
    _ value: [UInt8], at key: [UInt8], as type: Record.Type = Record.self
) throws(StorageError) -> Record {
    do { return try Record(canonicalBytes: value) } catch {
        throw .corrupted("the state's record at key \(Hexadecimal.encode(key)) cannot be decoded: \(error)")
    }
}
