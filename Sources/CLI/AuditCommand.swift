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
            AuditListCommand.self, AuditExportCommand.self, AuditDownloadCommand.self, AuditVerifyCommand.self,
            AuditKeysCommand.self,
        ], defaultSubcommand: AuditListCommand.self)
}

/// Which records a command is about.
struct AuditFilterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Of this principal.", valueName: "name"), transform: { try PrincipalName($0) })
    var by: PrincipalName?

    @Option(help: ArgumentHelp("Taken in at this site.", valueName: "name"), transform: { try SiteName($0) })
    var site: SiteName?

    @Option(help: ArgumentHelp("Of actions that begin so: version., alias.set.", valueName: "text"))
    var action: String?

    @Option(help: ArgumentHelp("Of things that begin so: acme/, acme/ranker:3.", valueName: "text"))
    var object: String?

    @Option(help: ArgumentHelp("With this outcome: accepted, refused, or a code such as forbidden.", valueName: "text"))
    var outcome: String?

    @Option(
        help: ArgumentHelp("Not made before: 2026-03-01, 2026-03-01T12:00Z.", valueName: "time"),
        transform: References.instant)
    var since: Timestamp?

    @Option(help: ArgumentHelp("Made before.", valueName: "time"), transform: References.instant)
    var until: Timestamp?

    var filter: AuditFilter {
        var filter = AuditFilter()
        (filter.by, filter.site, filter.action, filter.object) = (by, site, action, object)
        (filter.outcome, filter.since, filter.until) = (outcome, since, until)
        return filter
    }
}

/// `peerage audit list`.
struct AuditListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what every command did, accepted or refused, one page at a time.")

    @OptionGroup var filter: AuditFilterOptions

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
        let page = try await client.auditRecords(matching: filter.filter).page(after: cursor, limit: limit)
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

/// `peerage audit export`.
struct AuditExportCommand: ClientCommand {
    /// What is printed.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case jsonl, cloudevents
    }

    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print all records that are asked for, one JSON document a line.")

    @OptionGroup var filter: AuditFilterOptions

    @Option(help: "Records as they are, or as CloudEvents.")
    var format = Format.jsonl

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let cluster = format == .cloudevents ? try await client.clusterStatus().cluster : nil
        var records = client.auditRecords(matching: filter.filter).makeAsyncIterator()
        while let record = try await records.next() {
            let line = cluster.map { Output.line(AuditEvent(record, cluster: $0)) } ?? Output.line(record)
            StandardStream.write(line + "\n", to: .output)
        }
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
            time, the nodes' keys into keys.txt. Compare those once with what the sites say over another channel, and keep them \
            where nobody writes who writes into the directory: peerage audit verify --keys then needs nobody's word.
            """)

    @Argument(help: ArgumentHelp("The directory.", valueName: "directory"))
    var directory: String

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let copy = AuditCopy(directory: directory)
        try copy.prepare()
        let signed = try await client.auditCheckpoint()
        guard let checkpoint = SignedNote(signed.note).flatMap({ Checkpoint(text: $0.text) }) else {
            throw .invalidInput("the server's checkpoint cannot be read")
        }
        let before = try copy.countRecords()
        var last = before
        while last < checkpoint.size {
            let limit = Int(min(checkpoint.size - last, UInt64(Limits.standard.pageRecords)))
            let page = try await client.auditRecords().page(after: last > 0 ? "\(last)" : nil, limit: limit)
            guard !page.items.isEmpty, page.items.count <= limit,
                page.items.map(\.sequence) == Array(last + 1...last + UInt64(page.items.count))
            else {
                throw .invalidInput(
                    "the server's records do not go on behind \(last), and its checkpoint says \(checkpoint.size)")
            }
            try copy.append(page.items)
            last += UInt64(page.items.count)
        }
        try copy.keep(signed.note, checkpoint)
        let strangers = try copy.keepKeys(try await client.auditKeys().map(\.key))
        let summary = AuditDownload(
            records: last, new: last - before, checkpoint: checkpoint.size, unsigned: signed.unsigned,
            newKeys: strangers)
        output.show(summary, text: summary.text(directory))
    }
}

/// What a download brought.
private struct AuditDownload: Codable {
    let records: UInt64
    let new: UInt64
    let checkpoint: UInt64
    let unsigned: [String]
    let newKeys: [String]

    enum CodingKeys: String, CodingKey {
        case records, new, checkpoint, unsigned
        case newKeys = "new_keys"
    }

    func text(_ directory: String) -> String {
        var lines = ["\(new) new records, \(records) in all; next: peerage audit verify \(directory)"]
        if !unsigned.isEmpty {
            lines.append("Not signed by " + unsigned.map(PrintableText.line).joined(separator: "; "))
        }
        if !newKeys.isEmpty {
            lines.append(
                "Keys that you have not seen here before. Compare them with what those say whose nodes they are of;")
            lines.append("keys.txt has those of the first download, add others that you trust:")
            lines += newKeys.map(PrintableText.line)
        }
        return lines.joined(separator: "\n")
    }
}

/// `peerage audit verify`.
struct AuditVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Prove, without a server, that nothing in a downloaded audit log was changed.",
        discussion: """
            Reads every record, computes the log's Merkle tree (RFC 6962) and compares it with every checkpoint in the directory \
            that is signed by more than half of the nodes whose keys are trusted. Exit code 1 when anything is not as it was, or \
            records are proven by none.
            """)

    @Argument(help: ArgumentHelp("What peerage audit download wrote.", valueName: "directory"))
    var directory: String

    @Option(
        help: ArgumentHelp(
            "The trusted keys, one a line; else keys.txt in the directory, as good as who can write there.",
            valueName: "file"))
    var keys: String?

    @Option(help: ArgumentHelp("A checkpoint counts when so many nodes signed it.", valueName: "n"))
    var signatures: Int?

    @Flag(help: "Print one JSON document instead of text; errors too, on standard error.")
    var json = false

    func validate() throws {
        if let signatures, signatures < 1 { throw ValidationError("--signatures is at least 1.") }
    }

    func run() async throws {
        let finding = try AuditCopy(directory: directory, keys: keys).verify(signatures: signatures)
        let uncounted = finding.uncounted.map(String.init).joined(separator: ", ")
        Output(asJSON: json).show(
            finding,
            text: """
                \(finding.records) records, none changed, dropped or moved, by \(finding.checkpoints.count) checkpoints. The newest \
                is signed by
                \(finding.signedBy.joined(separator: "\n"))
                """ + (uncounted.isEmpty ? "" : "\nToo few signed, and proves nothing: checkpoint \(uncounted)"))
    }
}
