import ArgumentParser
import AuditLog
import Foundation
import Models
import PeerageClient

/// `peerage audit`.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Read what every command did, and prove that nothing of it was changed.",
        subcommands: [
            AuditListCommand.self, AuditDownloadCommand.self, AuditVerifyCommand.self, AuditKeysCommand.self,
        ], defaultSubcommand: AuditListCommand.self)
}

/// `peerage audit list`.
struct AuditListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what every command did, accepted or refused, one page at a time.")

    @Option(help: ArgumentHelp("At most so many records.", valueName: "n"))
    var limit = Limits.standard.defaultPageRecords

    @Option(help: ArgumentHelp("Go on where a page ended: its “next”.", valueName: "cursor"))
    var cursor: String?

    @OptionGroup var options: SharedOptions

    func validate() throws {
        guard (1...Limits.standard.pageRecords).contains(limit) else {
            throw ValidationError("--limit is a number from 1 to \(Limits.standard.pageRecords).")
        }
    }

    func run(_ client: PeerageClient) async throws(ClientError) {
        let page = try await client.auditRecords().page(after: cursor, limit: limit)
        output.show(page, text: Self.text(page))
    }

    static func text(_ page: Page<AuditRecord>) -> String {
        var table = TextTable(
            .number("SEQUENCE"), .text("AT"), .text("BY"), .text("SITE"), .text("ACTION"), .text("OBJECT"),
            .text("OUTCOME"))
        for record in page.items {
            table.add(
                "\(record.sequence)", record.at.description, record.by.text, record.site.text, record.action,
                record.object, record.outcome)
        }
        let more = page.next.map { "\n\nThere are more: --cursor \(PrintableText.line($0))" } ?? ""
        return table.text(orElse: "There are no records.") + more
    }
}

/// `peerage audit keys`.
struct AuditKeysCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "List the keys by which nodes sign checkpoints of the audit log.")

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let keys = try await client.auditKeys()
        var table = TextTable(.text("NODE"), .text("SITE"), .text("SINCE"), .text("KEY"))
        for key in keys { table.add(key.node.text, key.site.text, key.at.description, key.key) }
        output.show(list: keys, text: table.text(orElse: "No node has announced a key yet."))
    }
}

/// `peerage audit download`.
struct AuditDownloadCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "download", abstract: "Copy the audit log into a directory, or what is new of it.",
        discussion: """
            Writes records.jsonl, one record a line; a signed checkpoint for each download into checkpoints/; and, the first \
            time, the nodes' keys into keys.txt. Keep the directory where those who run the cluster cannot write, and compare \
            keys.txt once with what they say over another channel: peerage audit verify then needs nobody's word.
            """)

    @Argument(help: ArgumentHelp("The directory.", valueName: "directory"))
    var directory: String

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let copy = AuditCopy(directory: directory)
        try copy.prepare()
        let note = try await client.auditCheckpoint().note
        guard let checkpoint = SignedNote(note).flatMap({ Checkpoint(text: $0.text) }) else {
            throw .invalidInput("the server's checkpoint cannot be read")
        }
        var last = try copy.countRecords()
        let before = last
        while last < checkpoint.size {
            let limit = Int(min(checkpoint.size - last, UInt64(Limits.standard.pageRecords)))
            let page = try await client.auditRecords().page(after: last > 0 ? "\(last)" : nil, limit: limit)
            guard let newest = page.items.last else {
                throw .invalidInput("the server's log ends at record \(last), before its checkpoint \(checkpoint.size)")
            }
            try copy.append(page.items)
            last = newest.sequence
        }
        try copy.keep(note, size: checkpoint.size)
        let strangers = try copy.keepKeys(try await client.auditKeys().map(\.key))
        let summary = AuditDownload(records: last, new: last - before, checkpoint: checkpoint.size, newKeys: strangers)
        let news =
            strangers.isEmpty
            ? "" : "\nKeys that keys.txt does not have; add those that you trust:\n" + strangers.joined(separator: "\n")
        output.show(
            summary,
            text: "\(last - before) new records, \(last) in all; next: peerage audit verify \(directory)" + news)
    }
}

/// What a download brought.
private struct AuditDownload: Codable {
    let records: UInt64
    let new: UInt64
    let checkpoint: UInt64
    let newKeys: [String]

    enum CodingKeys: String, CodingKey {
        case records, new, checkpoint
        case newKeys = "new_keys"
    }
}

/// `peerage audit verify`.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Prove, without a server, that nothing in a downloaded audit log was changed.",
        discussion: """
            Reads every record, computes the log's Merkle tree (RFC 6962) and compares it with every checkpoint in the directory. \
            Each checkpoint must be signed by more than half of the nodes in keys.txt. Exit code 1 when anything is not as it was.
            """)

    @Argument(help: ArgumentHelp("What peerage audit download wrote.", valueName: "directory"))
    var directory: String

    @Option(help: ArgumentHelp("At least so many nodes must have signed each checkpoint.", valueName: "n"))
    var signatures: Int?

    @Flag(help: "Print one JSON document instead of text; errors too, on standard error.")
    var json = false

    func validate() throws {
        if let signatures, signatures < 1 { throw ValidationError("--signatures is at least 1.") }
    }

    func run() async throws {
        let finding = try AuditCopy(directory: directory).verify(signatures: signatures)
        Output(asJSON: json).show(
            finding,
            text: """
                \(finding.records) records, none changed, dropped or moved up to record \(finding.checkpoints.last ?? 0), as \
                \(finding.signedBy.joined(separator: ", ")) signed (checkpoints: \(finding.checkpoints.count))
                """)
    }
}
