import AuditLog
import Foundation
import Models
import PeerageClient

/// A copy of the audit log in a directory: `records.jsonl`, `checkpoints/<size>.note` and `keys.txt`.
struct AuditCopy {
    /// What a verification found, when it found nothing wrong.
    struct Finding: Codable {
        /// How many records there are.
        let records: UInt64
        /// The sizes of the checkpoints that they fit.
        let checkpoints: [UInt64]
        /// The keys that signed the newest.
        let signedBy: [String]
        /// The sizes of checkpoints that too few nodes signed: nothing was proven by them.
        let uncounted: [UInt64]

        enum CodingKeys: String, CodingKey {
            case records, checkpoints, uncounted
            case signedBy = "signed_by"
        }
    }

    private struct Signed {
        let checkpoint: Checkpoint
        /// By whom of those that are trusted, each node once.
        let signers: [NoteKey]
    }

    private let directory: URL
    private let keys: URL

    /// The copy in `directory`.
    /// - Parameter keys: a file of trusted keys; nil for the copy's own.
    init(directory: String, keys: String? = nil) {
        self.directory = URL(filePath: directory)
        self.keys = keys.map { URL(filePath: $0) } ?? self.directory.appending(path: "keys.txt")
    }

    private var records: URL { directory.appending(path: "records.jsonl") }
    private var checkpoints: URL { directory.appending(path: "checkpoints") }

    /// Makes the directory where there is none.
    func prepare() throws(ClientError) {
        try io { try FileManager.default.createDirectory(at: checkpoints, withIntermediateDirectories: true) }
    }

    /// How many records the copy has. What a download that broke off left of a line is removed.
    func countRecords() throws(ClientError) -> UInt64 {
        guard FileManager.default.fileExists(atPath: records.path(percentEncoded: false)) else { return 0 }
        var (count, whole) = (UInt64(0), UInt64(0))
        try forEachLine { line, isWhole throws(ClientError) in
            guard isWhole else { return }
            count += 1
            whole += UInt64(line.count) + 1
        }
        let end = whole
        try io {
            let handle = try FileHandle(forUpdating: records)
            try handle.truncate(atOffset: end)
            try handle.close()
        }
        return count
    }

    /// Adds records, durably.
    func append(_ items: [AuditRecord]) throws(ClientError) {
        try io {
            let path = records.path(percentEncoded: false)
            if !FileManager.default.fileExists(atPath: path) { try Data().write(to: records) }
            let handle = try FileHandle(forWritingTo: records)
            try handle.seekToEnd()
            for item in items { try handle.write(contentsOf: try Self.line(item) + [0x0A]) }
            try handle.synchronize()
            try handle.close()
        }
    }

    /// The one way to write a record: what a line says beside it would not be proven.
    private static func line(_ record: AuditRecord) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(record)
    }

    /// Keeps a checkpoint beside those of before; throws when it contradicts one of them, which stays as well.
    func keep(_ text: String, _ checkpoint: Checkpoint) throws(ClientError) {
        let file = checkpoints.appending(path: "\(checkpoint.size).note")
        guard FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) else {
            return try io { try Data(text.utf8).write(to: file, options: .atomic) }
        }
        let before = try io { try String(contentsOf: file, encoding: .utf8) }
        guard var kept = SignedNote(before), let note = SignedNote(text), kept.text == note.text else {
            let other = checkpoints.appending(path: "\(checkpoint.size).\(checkpoint.root).note")
            try io { try Data(text.utf8).write(to: other, options: .atomic) }
            throw .invalidInput(
                "the cluster signed two logs of \(checkpoint.size) records: \(file.lastPathComponent) and \(other.lastPathComponent) prove it; keep both"
            )
        }
        for signature in note.signatures where !kept.signatures.contains(signature) {
            kept.signatures.append(signature)
        }
        let merged = kept.bytes
        try io { try Data(merged.utf8).write(to: file, options: .atomic) }
    }

    /// Writes the keys the first time; returns those that it does not have.
    func keepKeys(_ found: [String]) throws(ClientError) -> [String] {
        let known: Set<String>
        if FileManager.default.fileExists(atPath: keys.path(percentEncoded: false)) {
            known = Set(try trusted().map(\.description))
        } else {
            let valid = found.filter { NoteKey($0) != nil }
            try io { try Data(valid.map { $0 + "\n" }.joined().utf8).write(to: keys, options: .atomic) }
            known = []
        }
        return found.filter { NoteKey($0) != nil && !known.contains($0) }
    }

    private func trusted() throws(ClientError) -> [NoteKey] {
        let text = try io { try String(contentsOf: keys, encoding: .utf8) }
        var trusted: [NoteKey] = []
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let key = NoteKey(line) else { throw .invalidInput("“\(line)” in keys.txt is no key") }
            trusted.append(key)
        }
        return trusted
    }

    /// Compares every record with every checkpoint, and their signatures with the keys.
    /// - Parameter signatures: how many nodes must have signed a checkpoint for it to count; nil for more than half of
    ///   those whose keys for its log are trusted.
    func verify(signatures: Int?) throws(ClientError) -> Finding {
        let place = directory.path(percentEncoded: false)
        guard FileManager.default.fileExists(atPath: records.path(percentEncoded: false)) else {
            throw .invalidInput(
                "there is no copy of an audit log in \(place); peerage audit download \(place) makes one")
        }
        let trusted = try trusted()
        let all = try readCheckpoints(trusted)
        func counts(_ signed: Signed) -> Bool {
            let names = Set(trusted.map(\.name).filter { $0.hasPrefix(signed.checkpoint.origin + "/") })
            return signed.signers.count >= signatures ?? names.count / 2 + 1
        }
        let (counted, uncounted) = (all.filter(counts), all.filter { !counts($0) })
        guard let newest = counted.last else {
            let found = all.map { "\($0.checkpoint.size) (signed by \($0.signers.count) of them)" }
            throw .invalidInput(
                "no checkpoint is signed by enough of the nodes whose keys are in \(keys.lastPathComponent); there are \(found.isEmpty ? "none" : found.joined(separator: ", "))"
            )
        }
        let records = try compare(counted.map(\.checkpoint))
        guard records == newest.checkpoint.size else {
            throw .invalidInput(
                "records \(newest.checkpoint.size + 1) to \(records) are proven by no checkpoint that enough nodes signed: download again"
            )
        }
        return Finding(
            records: records, checkpoints: counted.map(\.checkpoint.size),
            signedBy: newest.signers.map(\.description), uncounted: uncounted.map(\.checkpoint.size))
    }

    /// Reads the records through, and compares them with `checkpoints`, the smallest first; returns how many there are.
    private func compare(_ checkpoints: [Checkpoint]) throws(ClientError) -> UInt64 {
        var (tree, fitting) = (MerkleFrontier(), UInt64(0))
        var rest = checkpoints[...]
        let decoder = JSONDecoder()
        func compareRoot() throws(ClientError) {
            while let next = rest.first, next.size == tree.count {
                guard next.root == tree.root else {
                    throw .invalidInput(
                        "records \(fitting + 1) to \(next.size) are not those that checkpoint \(next.size) was signed for: at least one was changed"
                    )
                }
                fitting = next.size
                rest = rest.dropFirst()
            }
        }
        try compareRoot()
        try forEachLine { line, isWhole throws(ClientError) in
            let place = "line \(tree.count + 1) of records.jsonl"
            guard isWhole else { throw .invalidInput("\(place) is not whole: download the rest") }
            // Probe: told as what it is, a line that holds no record.
            guard let record = try? decoder.decode(AuditRecord.self, from: line), (try? Self.line(record)) == line
            else {
                throw .invalidInput("\(place) is not as a record is written: it was changed")
            }
            guard record.sequence == tree.count + 1 else {
                throw .invalidInput(
                    "\(place) is record \(record.sequence), and record \(tree.count + 1) belongs there: records were dropped or moved"
                )
            }
            tree.append(MerkleHash.ofLeaf(record.canonicalBytes))
            try compareRoot()
        }
        guard let missing = rest.first else { return tree.count }
        throw .invalidInput(
            "the copy ends at record \(tree.count), and checkpoint \(missing.size) was signed for more: records were dropped, or the download broke off"
        )
    }

    /// By size, the smallest first.
    private func readCheckpoints(_ trusted: [NoteKey]) throws(ClientError) -> [Signed] {
        let files = try io {
            try FileManager.default.contentsOfDirectory(at: checkpoints, includingPropertiesForKeys: nil)
        }
        var found: [Signed] = []
        for file in files where file.pathExtension == "note" {
            let text = try io { try String(contentsOf: file, encoding: .utf8) }
            guard let note = SignedNote(text), let checkpoint = Checkpoint(text: note.text) else {
                throw .invalidInput("\(file.lastPathComponent) is no checkpoint: it was changed")
            }
            var signers: [NoteKey] = []
            for signature in note.signatures {
                guard let key = trusted.first(where: { $0.name == signature.name && $0.id == signature.keyID }),
                    key.name.hasPrefix(checkpoint.origin + "/")
                else { continue }
                guard key.isSigned(note.text, by: signature) else {
                    throw .invalidInput(
                        "the signature of \(key.name) in \(file.lastPathComponent) is wrong: it was changed")
                }
                if !signers.contains(where: { $0.name == key.name }) { signers.append(key) }
            }
            found.append(Signed(checkpoint: checkpoint, signers: signers))
        }
        return found.sorted { $0.checkpoint.size < $1.checkpoint.size }
    }

    /// Gives each line of the records to `body`, and whether a newline ends it, in memory for one piece of the file.
    private func forEachLine(_ body: (Data, Bool) throws(ClientError) -> Void) throws(ClientError) {
        let handle = try io { try FileHandle(forReadingFrom: records) }
        var rest = Data()
        while let piece = try io({ try handle.read(upToCount: 1 << 20) }), !piece.isEmpty {
            rest += piece
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: 0x0A) {
                try body(rest[start..<end], true)
                start = end + 1
            }
            rest = Data(rest[start...])
        }
        if !rest.isEmpty { try body(rest, false) }
        try io { try handle.close() }
    }

    private func io<Value>(_ body: () throws -> Value) throws(ClientError) -> Value {
        do { return try body() } catch {
            throw .invalidInput("\(directory.path(percentEncoded: false)): \(error.localizedDescription)")
        }
    }
}
