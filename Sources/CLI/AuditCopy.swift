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

        enum CodingKeys: String, CodingKey {
            case records, checkpoints
            case signedBy = "signed_by"
        }
    }

    private let directory: URL

    init(directory: String) { self.directory = URL(filePath: directory) }

    private var records: URL { directory.appending(path: "records.jsonl") }
    private var keys: URL { directory.appending(path: "keys.txt") }
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
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try io {
            let path = records.path(percentEncoded: false)
            if !FileManager.default.fileExists(atPath: path) { try Data().write(to: records) }
            let handle = try FileHandle(forWritingTo: records)
            try handle.seekToEnd()
            for item in items { try handle.write(contentsOf: try encoder.encode(item) + [0x0A]) }
            try handle.synchronize()
            try handle.close()
        }
    }

    /// Keeps a checkpoint beside those of before.
    func keep(_ note: String, size: UInt64) throws(ClientError) {
        try io { try Data(note.utf8).write(to: checkpoints.appending(path: "\(size).note"), options: .atomic) }
    }

    /// Writes the keys the first time; returns those that it does not have.
    func keepKeys(_ found: [String]) throws(ClientError) -> [String] {
        guard FileManager.default.fileExists(atPath: keys.path(percentEncoded: false)) else {
            try io { try Data(found.map { $0 + "\n" }.joined().utf8).write(to: keys, options: .atomic) }
            return []
        }
        let known = Set(try trusted().map(\.description))
        return found.filter { !known.contains($0) }
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
    /// - Parameter signatures: how many nodes must have signed each; nil for more than half of those in keys.txt.
    func verify(signatures: Int?) throws(ClientError) -> Finding {
        let trusted = try trusted()
        let needed = signatures ?? Set(trusted.map(\.name)).count / 2 + 1
        var awaited = try readCheckpoints()
        guard let newest = awaited.last else {
            throw .invalidInput(
                "there is no checkpoint in \(directory.path(percentEncoded: false)); download the log first")
        }
        for (note, checkpoint) in awaited {
            guard checkpoint.origin == newest.checkpoint.origin else {
                throw .invalidInput(
                    "checkpoint \(checkpoint.size) is of the log “\(checkpoint.origin)”, and the newest of “\(newest.checkpoint.origin)”"
                )
            }
            let signers = Self.signers(of: note, among: trusted)
            guard signers.count >= needed else {
                throw .invalidInput(
                    "checkpoint \(checkpoint.size) is signed by \(signers.count) of the nodes in keys.txt, and \(needed) must have signed it"
                )
            }
        }
        let sizes = awaited.map(\.checkpoint.size)
        let records = try compare(&awaited)
        guard let missing = awaited.first else {
            return Finding(
                records: records, checkpoints: sizes, signedBy: Self.signers(of: newest.note, among: trusted))
        }
        throw .invalidInput(
            "the copy ends at record \(records), and checkpoint \(missing.checkpoint.size) was signed for more: records were dropped, or the download broke off"
        )
    }

    /// Reads the records through; those checkpoints that they fit are taken away.
    private func compare(_ awaited: inout [(note: SignedNote, checkpoint: Checkpoint)]) throws(ClientError) -> UInt64 {
        var (tree, index, fitting) = (MerkleFrontier(), UInt64(0), UInt64(0))
        var rest = awaited[...]
        while rest.first?.checkpoint.size == 0 { rest = rest.dropFirst() }
        let decoder = JSONDecoder()
        try forEachLine { line, isWhole throws(ClientError) in
            let place = "line \(tree.count + 1) of records.jsonl"
            guard isWhole else { throw .invalidInput("\(place) is not whole: download the rest") }
            // Probe: told as what it is, a line that holds no record.
            guard let record = try? decoder.decode(AuditRecord.self, from: line) else {
                throw .invalidInput("\(place) is no record: it was changed")
            }
            guard record.sequence == tree.count + 1 else {
                throw .invalidInput(
                    "\(place) is record \(record.sequence), and record \(tree.count + 1) belongs there: records were dropped or moved"
                )
            }
            guard record.index >= index else {
                throw .invalidInput(
                    "record \(record.sequence) is of an earlier entry than the one before it: it was changed")
            }
            index = record.index
            tree.append(MerkleHash.ofLeaf(record.canonicalBytes))
            while let next = rest.first?.checkpoint, next.size == tree.count {
                guard next.root == tree.root else {
                    throw .invalidInput(
                        "records \(fitting + 1) to \(next.size) are not those that checkpoint \(next.size) was signed for: at least one was changed"
                    )
                }
                fitting = next.size
                rest = rest.dropFirst()
            }
        }
        awaited = Array(rest)
        return tree.count
    }

    /// The nodes that signed, each once.
    private static func signers(of note: SignedNote, among trusted: [NoteKey]) -> [String] {
        var names: [String] = []
        for signature in note.signatures where !names.contains(signature.name) {
            if trusted.contains(where: { $0.isSigned(note.text, by: signature) }) { names.append(signature.name) }
        }
        return names
    }

    /// By size, the smallest first.
    private func readCheckpoints() throws(ClientError) -> [(note: SignedNote, checkpoint: Checkpoint)] {
        let files = try io {
            try FileManager.default.contentsOfDirectory(at: checkpoints, includingPropertiesForKeys: nil)
        }
        var found: [(note: SignedNote, checkpoint: Checkpoint)] = []
        for file in files where file.pathExtension == "note" {
            let text = try io { try String(contentsOf: file, encoding: .utf8) }
            guard let note = SignedNote(text), let checkpoint = Checkpoint(text: note.text) else {
                throw .invalidInput("\(file.lastPathComponent) is no checkpoint: it was changed")
            }
            found.append((note, checkpoint))
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
