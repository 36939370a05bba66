package import Consensus
package import Models
package import Registry
package import Storage

/// Asks a member for a part of its state.
package struct StateRequest: Hashable, Sendable {
    /// The state that the parts before were of, by the index it is applied through; 0 at the beginning.
    package let index: LogIndex
    /// The last key that is here already; empty at the beginning.
    package let after: [UInt8]

    /// Asks for what follows `after` in the state at `index`.
    package init(index: LogIndex, after: [UInt8]) {
        self.index = index
        self.after = after
    }
}

/// A part of a state: its records after a key, in the order of their keys.
package struct StatePage: Hashable, Sendable {
    /// The index the state is applied through.
    package let index: LogIndex
    /// That entry's term.
    package let term: Term
    /// The state's hash: what all its records must come to.
    package let hash: StateHash
    /// The key that the records follow; empty for the first page.
    package let after: [UInt8]
    /// Some records; none, on the last page, when the state holds no more.
    package let records: [KeyValue]
    /// Whether there are no more.
    package let isLast: Bool
    /// SHA-256 of all of the above: the state's hash does not cover every record, and a page can be asked for again.
    private let digest: Digest

    /// A part of the state applied through the entry of `term` at `index`.
    package init(index: LogIndex, term: Term, hash: StateHash, after: [UInt8], records: [KeyValue], isLast: Bool) {
        self.init(
            index: index, term: term, hash: hash, after: after, records: records, isLast: isLast,
            digest: Digest(of: Self.content(index, term, hash, after, records, isLast)))
    }

    /// The page with other records, as it would be if they had changed on their way.
    package func damaged(to records: [KeyValue]) -> StatePage {
        StatePage(
            index: index, term: term, hash: hash, after: after, records: records, isLast: isLast, digest: digest)
    }

    /// Whether it is as it was made.
    package var isWhole: Bool { digest == Digest(of: Self.content(index, term, hash, after, records, isLast)) }

    private init(
        index: LogIndex, term: Term, hash: StateHash, after: [UInt8], records: [KeyValue], isLast: Bool, digest: Digest
    ) {
        self.digest = digest
        self.index = index
        self.term = term
        self.hash = hash
        self.after = after
        self.records = records
        self.isLast = isLast
    }
}

/// A state that does not change while it is read page by page.
package struct StateView: Sendable {
    private let reader: any KeyValueReader
    /// The index it is applied through.
    package let index: LogIndex
    private let term: Term
    private let hash: StateHash

    /// The state that `store` holds now.
    package init(_ store: any KeyValueStore) throws(StorageError) {
        reader = try store.snapshot()
        (index, term, hash) = try Catalog(reader).applied()
    }

    /// The records that follow `after`, about `maximumBytes` of them and at least one when there is one.
    package func page(after: [UInt8], maximumBytes: Int) throws(StorageError) -> StatePage {
        var (records, bytes, isLast): ([KeyValue], Int, Bool) = ([], 0, false)
        var lower = after.isEmpty ? [] : after + [0]
        while bytes < maximumBytes, !isLast {
            let batch = try reader.records(
                in: KeyRange(lower: lower, upper: nil), of: .state, limit: Self.readAtOnce, reversed: false)
            isLast = batch.count < Self.readAtOnce
            for record in batch where bytes < maximumBytes || records.isEmpty {
                records.append(record)
                bytes += record.key.count + record.value.count
            }
            guard let read = batch.last, let taken = records.last else { break }
            isLast = isLast && read.key == taken.key
            lower = taken.key + [0]
        }
        return StatePage(index: index, term: term, hash: hash, after: after, records: records, isLast: isLast)
    }

    /// Small, because what is read beyond a page is read again.
    private static let readAtOnce = 64
}

extension StateRequest: CanonicalCodable {
    package func encode(to writer: inout CanonicalWriter) {
        writer.write(index)
        writer.write(after)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        index = try reader.readInteger()
        after = try reader.readBytes()
    }
}

extension StatePage: CanonicalCodable {
    package func encode(to writer: inout CanonicalWriter) {
        writer.writeFixed(Self.content(index, term, hash, after, records, isLast))
        writer.write(digest)
    }

    private static func content(
        _ index: LogIndex, _ term: Term, _ hash: StateHash, _ after: [UInt8], _ records: [KeyValue], _ isLast: Bool
    ) -> [UInt8] {
        var writer = CanonicalWriter()
        writer.write(index)
        writer.write(term)
        writer.write(hash)
        writer.write(after)
        writer.write(list: records) { writer, record in
            writer.write(record.key)
            writer.write(record.value)
        }
        writer.write(isLast)
        return writer.bytes
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        index = try reader.readInteger()
        term = try reader.readInteger()
        hash = try reader.read()
        after = try reader.readBytes()
        records = try reader.readList { (reader) throws(CanonicalError) in
            KeyValue(key: try reader.readBytes(), value: try reader.readBytes())
        }
        isLast = try reader.readBool()
        digest = try reader.read()
    }
}
