package import Storage

/// Ordered, frozen steps from one store layout to the next, on raw bytes, run before a node serves.
///
/// A step and the format version it leads to are committed in one synced batch: a crash between steps resumes at the
/// next. Steps never change once released, and never use the types of today's code, which may differ from those of
/// their day.
///
/// Why not upgrade records when they are read: that is done too, by the version byte each begins with; steps are for
/// what a single record cannot tell, such as keys.
package struct Migration: Sendable {
    /// The format version the step leads to: one more than the step before.
    package let version: UInt32
    /// What it does, for the log.
    package let name: String
    /// The changes; they are written together with the new format version.
    package let changes: @Sendable (any KeyValueReader) throws(StorageError) -> WriteBatch

    /// A step to `version`.
    package init(
        version: UInt32, name: String,
        changes: @escaping @Sendable (any KeyValueReader) throws(StorageError) -> WriteBatch
    ) {
        self.version = version
        self.name = name
        self.changes = changes
    }
}

/// The steps of this build.
package enum Migrations {
    /// Every step there ever was, in order.
    package static let all = [
        Migration(version: 1, name: "initial layout") { (_) throws(StorageError) in WriteBatch() },
        // The chunks themselves move afterwards, bit by bit: `NodeStore.adoptBlobs`.
        Migration(version: 2, name: "chunks in packs") { (_) throws(StorageError) in WriteBatch() },
        // Builds before cannot read what later ones note of uploads, and of packs that lie elsewhere.
        Migration(version: 3, name: "receipts with their index") { (_) throws(StorageError) in WriteBatch() },
    ]

    /// Brings `store` to the newest format. Returns the names of the steps taken.
    @discardableResult
    package static func run(_ steps: [Migration] = all, on store: any KeyValueStore) throws(StorageError) -> [String] {
        let found = try formatVersion(of: store)
        let newest = steps.last?.version ?? 0
        guard found <= newest else {
            throw .incompatible(
                "it has format \(found), this build knows up to \(newest). Run the build that wrote it, or a newer one")
        }
        if found == 0, try !isEmpty(store) {
            throw .incompatible("it holds records but no format version: it was not written by Peerage")
        }
        var taken: [String] = []
        for step in steps where step.version > found {
            var batch = try step.changes(store)
            batch.put(encode(step.version), for: formatKey, in: .meta)
            try store.write(batch, synced: true)
            taken.append(step.name)
        }
        return taken
    }

    /// The format of `store`; 0 when it has none.
    package static func formatVersion(of store: any KeyValueReader) throws(StorageError) -> UInt32 {
        guard let bytes = try store.value(for: formatKey, in: .meta) else { return 0 }
        guard bytes.count == 4 else { throw .corrupted("the format version has \(bytes.count) bytes") }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private static let formatKey = Array("format".utf8)

    private static func encode(_ version: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: version >> $0) }
    }

    private static func isEmpty(_ store: any KeyValueReader) throws(StorageError) -> Bool {
        let everything = KeyRange(lower: [], upper: nil)
        for space in Space.allCases {
            if try !store.records(in: everything, of: space, limit: 1, reversed: false).isEmpty { return false }
        }
        return true
    }
}
