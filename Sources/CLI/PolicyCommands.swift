import ArgumentParser
import Foundation
import Models
import PeerageClient

/// `peerage retention`.
struct RetentionPolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention", abstract: "Say by which rules versions of a project are deleted.",
        subcommands: [Show.self, Set.self, Remove.self, Plan.self])

    /// `peerage retention show`.
    struct Show: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show the rules; what it prints with --json is what set reads.")

        @Argument(help: ProjectCommand.nameHelp, transform: { try ProjectName($0) })
        var project: ProjectName

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let policy = try await client.retention(of: project)
            output.show(policy, text: RetentionPolicyCommand.text(policy))
        }
    }

    /// `peerage retention set`.
    struct Set: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Set the rules of a project. Look first at what they would do: plan.",
            discussion: #"""
                The file: {"rules": [{"name": "drafts", "stages": ["draft"], "older_than_days": 90, "keep_newest": 5, "grace_days": \#
                30}]}. The first rule that fits a version decides. What is named by an alias, serves somewhere, is held, or is what \#
                a version in production is made of, stays whatever the rules say.
                """#)

        @Argument(help: ProjectCommand.nameHelp, transform: { try ProjectName($0) })
        var project: ProjectName

        @Argument(help: ArgumentHelp("A JSON file.", valueName: "file"))
        var file: String

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let policy = try await client.setRetention(RetentionPolicyCommand.read(file), of: project)
            output.show(policy, text: RetentionPolicyCommand.text(policy))
        }
    }

    /// `peerage retention remove`.
    struct Remove: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Delete no versions of a project by themselves any more.")

        @Argument(help: ProjectCommand.nameHelp, transform: { try ProjectName($0) })
        var project: ProjectName

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            try await client.removeRetention(of: project)
            output.show(["project": project.text], text: "project \(project) has no rules; its versions stay")
        }
    }

    /// `peerage retention plan`.
    struct Plan: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "plan", abstract: "Show what rules do with each version, and why; nothing is deleted.")

        @Argument(help: ProjectCommand.nameHelp, transform: { try ProjectName($0) })
        var project: ProjectName

        @Option(help: ArgumentHelp("Rules that are not in force yet: a JSON file.", valueName: "file"))
        var rules: String?

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let decisions =
                if let rules {
                    try await client.retentionPlan(of: project, under: RetentionPolicyCommand.read(rules))
                } else {
                    try await client.retentionPlan(of: project).all()
                }
            var table = TextTable(
                .text("MODEL"), .number("VERSION"), .text("STAGE"), .text("DECISION"), .text("WHY"))
            for one in decisions {
                table.add(
                    one.model.text, "\(one.version)", one.stage.text, one.deletes ? "delete" : "keep", one.reason)
            }
            output.show(list: decisions, text: table.text(orElse: "The project has no versions."))
        }
    }

    private static func read(_ file: String) throws(ClientError) -> RetentionPolicy {
        do {
            return try JSONDecoder().decode(RetentionPolicy.self, from: Data(contentsOf: URL(filePath: file)))
        } catch {
            throw .invalidInput("“\(file)” has no rules of retention: \(error)")
        }
    }

    private static func text(_ policy: RetentionPolicy) -> String {
        var table = TextTable(
            .text("RULE"), .text("STAGES"), .number("OLDER THAN"), .number("KEEPS NEWEST"), .number("GRACE"))
        for rule in policy.rules {
            table.add(
                rule.name, rule.stages.isEmpty ? "all" : rule.stages.map(\.text).joined(separator: ", "),
                "\(rule.olderThanDays) d", "\(rule.keepNewest)", "\(rule.graceDays) d")
        }
        return table.text(orElse: "There are no rules.")
    }
}

/// `peerage risk`.
struct RiskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "risk", abstract: "Say in which tier of risk a model is (EU AI Act).",
        subcommands: [Show.self, Set.self, Remove.self])

    /// `peerage risk show`.
    struct Show: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show in which tier a model is, and why.")

        @Argument(
            help: ArgumentHelp("The model: PROJECT/MODEL.", valueName: "project/model"), transform: References.model)
        var model: ModelReference

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let risk = try await client.risk(of: model.model, in: model.project)
            output.show(
                risk, text: PrintableText.line("\(risk.tier.rawValue), said \(risk.by) at \(risk.at): \(risk.reason)"))
        }
    }

    /// `peerage risk set`.
    struct Set: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Say in which tier a model is.",
            discussion: """
                What a tier asks is said by the project's lifecycle, in its transitions' “risk”. Versions of a prohibited model go to \
                no stage that serves.
                """)

        @Argument(
            help: ArgumentHelp("The model: PROJECT/MODEL.", valueName: "project/model"), transform: References.model)
        var model: ModelReference

        @Argument(
            help: ArgumentHelp("minimal, limited, high or prohibited.", valueName: "tier"), transform: References.tier)
        var tier: RiskTier

        @Option(help: ArgumentHelp("Why: what it is used for.", valueName: "text"))
        var reason: String

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let risk = try await client.assess(
                model.model, in: model.project, AssessRequest(tier: tier, reason: reason))
            output.show(risk, text: "\(model) is of \(risk.tier.rawValue) risk")
        }
    }

    /// `peerage risk remove`.
    struct Remove: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Take back in which tier a model is.")

        @Argument(
            help: ArgumentHelp("The model: PROJECT/MODEL.", valueName: "project/model"), transform: References.model)
        var model: ModelReference

        @Option(help: ArgumentHelp("Why.", valueName: "text"))
        var reason: String

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            try await client.removeRisk(of: model.model, in: model.project, reason: reason)
            output.show(ReasonRequest(reason: reason), text: "nobody says any more in which tier \(model) is")
        }
    }
}

/// `peerage usage`.
struct UsageCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "Show how to use a version with each client that can load it.")

    @Argument(help: StageCommand.versionHelp, transform: References.version)
    var version: ModelReference

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let examples = try await client.usage(of: version).all()
        let texts = examples.map { example in
            let lines = example.code.split(separator: "\n", omittingEmptySubsequences: false)
            return "# \(example.client)\n" + lines.map { PrintableText.line(String($0)) }.joined(separator: "\n")
        }
        output.show(list: examples, text: texts.joined(separator: "\n\n"))
    }
}

/// `peerage card`.
struct CardCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "card", abstract: "Show what a version's README.md says, and where the metadata says otherwise.")

    @Argument(help: StageCommand.versionHelp, transform: References.version)
    var version: ModelReference

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let card = try await client.card(of: version)
        output.show(card, text: Self.text(card))
    }

    private static func text(_ card: CardDescription) -> String {
        var lines = [PrintableText.line(card.title ?? card.path.text)]
        if let summary = card.summary { lines.append(PrintableText.line(summary)) }
        return (lines + doubts(card)).joined(separator: "\n")
    }

    /// What somebody should look at.
    static func doubts(_ card: CardDescription) -> [String] {
        card.problems.map { PrintableText.line("problem: \($0)") }
            + card.differences.map {
                PrintableText.line("\($0.name): the card says \($0.card), the metadata \($0.metadata)")
            }
    }
}
