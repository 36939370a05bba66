import ArgumentParser
import Foundation
import Models
import PeerageClient

/// `peerage stage`.
struct StageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stage", abstract: "Move versions through the stages of their project.",
        subcommands: [Set.self, History.self, Lifecycle.self])

    /// `peerage stage set`.
    struct Set: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Move a version to a stage.",
            discussion: "What that takes is said by the project's lifecycle: peerage stage lifecycle PROJECT.")

        @Argument(help: StageCommand.versionHelp, transform: References.version)
        var version: ModelReference

        @Argument(help: StageCommand.stageHelp, transform: { try StageName($0) })
        var stage: StageName

        @Option(help: ArgumentHelp("Why; kept in the version's history.", valueName: "text"))
        var reason: String?

        @Option(help: ArgumentHelp("The version to use in its stead: PROJECT/MODEL:N.", valueName: "version"))
        var successor: String?

        @Option(
            help: ArgumentHelp("From when on users must follow: 2026-03-01.", valueName: "time"),
            transform: References.instant)
        var effective: Timestamp?

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let moved = try await client.move(
                version,
                MoveVersionRequest(to: stage.text, reason: reason, successor: successor, effectiveAt: effective))
            output.show(moved, text: "\(version) is in \(stage)")
        }
    }

    /// `peerage stage history`.
    struct History: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "history", abstract: "List a version's moves, and who approved them.")

        @Argument(help: StageCommand.versionHelp, transform: References.version)
        var version: ModelReference

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let moves = try await client.stageHistory(of: version).all()
            var table = TextTable(
                .text("AT"), .text("BY"), .text("FROM"), .text("TO"), .text("APPROVED BY"), .text("REASON"))
            for move in moves {
                table.add(
                    move.at.description, move.by.text, move.from.text, move.to.text,
                    move.approvedBy.map(\.text).joined(separator: ", "), move.reason)
            }
            output.show(list: moves, text: table.text(orElse: "The version was never moved."))
        }
    }

    /// `peerage stage lifecycle`.
    struct Lifecycle: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "lifecycle", abstract: "Show or set how a project's versions live.",
            discussion: "What it prints with --json is what --set reads.")

        @Argument(help: ArgumentHelp("The project.", valueName: "project"), transform: { try ProjectName($0) })
        var project: ProjectName

        @Option(name: .customLong("set"), help: ArgumentHelp("A JSON file, or “standard”.", valueName: "file"))
        var file: String?

        @Option(
            help: ArgumentHelp(
                "The sites that alone keep the bytes of versions in a stage, as archived=west,north; archived=all for all that keep the project.",
                valueName: "stage=sites"),
            transform: Archive.init)
        var archive: Archive?

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            var lifecycle: Models.Lifecycle? =
                if let file { file == "standard" ? nil : try Self.read(file) } else {
                    try await client.lifecycle(of: project)
                }
            if let archive {
                guard let changed = (lifecycle ?? .standard).archiving(archive.stage, at: archive.sites) else {
                    throw .invalidInput("the lifecycle of project “\(project)” has no stage “\(archive.stage)”")
                }
                lifecycle = changed
            }
            if file != nil || archive != nil { lifecycle = try await client.setLifecycle(lifecycle, of: project) }
            output.show(lifecycle ?? .standard, text: Self.text(lifecycle ?? .standard))
        }

        /// Where versions in a stage are kept.
        struct Archive {
            let stage: StageName
            let sites: [SiteName]?

            init(_ text: String) throws {
                let sides = text.split(separator: "=", maxSplits: 1).map(String.init)
                guard sides.count == 2 else { throw ValidationError("Write the stage, “=”, and sites: archived=west.") }
                stage = try StageName(sides[0])
                sites = sides[1] == "all" ? nil : try sides[1].split(separator: ",").map { try SiteName(String($0)) }
            }
        }

        private static func read(_ file: String) throws(ClientError) -> Models.Lifecycle {
            do {
                return try JSONDecoder().decode(Models.Lifecycle.self, from: Data(contentsOf: URL(filePath: file)))
            } catch {
                throw .invalidInput("“\(file)” is no lifecycle: \(error)")
            }
        }

        private static func text(_ lifecycle: Models.Lifecycle) -> String {
            var table = TextTable(
                .text("FROM"), .text("TO"), .text("ROLE"), .number("APPROVALS"), .text("GATES"))
            for way in lifecycle.transitions {
                table.add(
                    way.from.text, way.to.text, way.role.rawValue, "\(way.approvals)",
                    way.gates.map { Output.line($0) }.joined(separator: " "))
            }
            let stages = lifecycle.stages.map { stage in
                let kept = stage.sites.map { ", kept at \($0.map(\.text).joined(separator: " and "))" } ?? ""
                return stage.name.text + (stage.serves ? "" : " (not used\(kept))")
            }
            return "stages: \(stages.joined(separator: ", "))\n" + table.text(orElse: "There are no transitions.")
        }
    }

    static var versionHelp: ArgumentHelp {
        ArgumentHelp("The version: PROJECT/MODEL[:N|@ALIAS].", valueName: "version")
    }
    static var stageHelp: ArgumentHelp { ArgumentHelp("The stage.", valueName: "stage") }
}

/// `peerage approval`.
struct ApprovalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approval", abstract: "Approve that versions move, and see who did.",
        subcommands: [Give.self, Withdraw.self, List.self])

    /// `peerage approval give`.
    struct Give: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "give", abstract: "Approve that a version moves to a stage.",
            discussion:
                "The approval is bound to the version's digest, which is read now unless --digest says what you looked at."
        )

        @Argument(help: StageCommand.versionHelp, transform: References.version)
        var version: ModelReference

        @Argument(help: StageCommand.stageHelp, transform: { try StageName($0) })
        var stage: StageName

        @Option(help: ArgumentHelp("The digest that you looked at.", valueName: "sha256"), transform: References.digest)
        var digest: Digest?

        @Option(help: ArgumentHelp("Why.", valueName: "text"))
        var reason: String?

        @Option(
            help: ArgumentHelp("Until when it holds. Default: as long as the lifecycle says.", valueName: "time"),
            transform: References.instant)
        var until: Timestamp?

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let seen = try await client.version(version).version
            let number = ModelReference(project: seen.project, model: seen.model, selector: .number(seen.number))
            let approved = try await client.approve(
                number,
                ApproveRequest(to: stage.text, digest: digest ?? seen.digest, reason: reason, expiresAt: until))
            output.show(approved, text: "you approve that \(number) moves to \(stage)")
        }
    }

    /// `peerage approval withdraw`.
    struct Withdraw: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "withdraw", abstract: "Withdraw your approval.")

        @Argument(help: StageCommand.versionHelp, transform: References.version)
        var version: ModelReference

        @Argument(help: StageCommand.stageHelp, transform: { try StageName($0) })
        var stage: StageName

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let seen = try await client.withdrawApproval(of: version, to: stage)
            output.show(seen, text: "you approve no more that \(version) moves to \(stage)")
        }
    }

    /// `peerage approval list`.
    struct List: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List a version's approvals, and which of them count.")

        @Argument(help: StageCommand.versionHelp, transform: References.version)
        var version: ModelReference

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let all = try await client.approvals(of: version).all()
            var table = TextTable(
                .text("BY"), .text("FROM"), .text("TO"), .text("AT"), .text("UNTIL"), .text("COUNTS"), .text("REASON"))
            for one in all {
                let approval = one.approval
                table.add(
                    approval.by.text, approval.from.text, approval.to.text, approval.at.description,
                    approval.expiresAt.description, one.objection.map { "no: \($0)" } ?? "yes", approval.reason)
            }
            output.show(list: all, text: table.text(orElse: "Nobody has approved anything."))
        }
    }
}

/// `peerage evaluate`.
struct EvaluateCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Add what was measured of a version, after its registration.")

    @Argument(help: StageCommand.versionHelp, transform: References.version)
    var version: ModelReference

    @Option(
        name: .customLong("metric"), help: ArgumentHelp("A measured value; may be repeated.", valueName: "name=value"),
        transform: References.metric)
    var metrics: [Metric] = []

    @Option(help: ArgumentHelp("Where that can be seen.", valueName: "uri"))
    var evidence: String?

    @Option(help: ArgumentHelp("What else there is to say.", valueName: "text"))
    var note: String?

    @OptionGroup var options: SharedOptions

    func validate() throws {
        if metrics.isEmpty && note == nil {
            throw ValidationError("Say what was measured: --metric f1=0.9, or --note.")
        }
    }

    func run(_ client: PeerageClient) async throws(ClientError) {
        let seen = try await client.evaluate(
            version, EvaluateRequest(metrics: metrics, evidence: evidence, note: note))
        output.show(seen, text: "noted of \(version)")
    }
}
