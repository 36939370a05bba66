import ArgumentParser
import Models
import PeerageClient

/// `peerage project`.
struct ProjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "project",
        abstract: "Make projects, and say who sees them, where their bytes are kept, how many and which they may have.",
        subcommands: [Create.self, Show.self, Set.self, Holdings.self, Delete.self])

    /// `peerage project create`.
    struct Create: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Make a project. A push makes one too, kept at every site.")

        @Argument(help: ProjectCommand.nameHelp, transform: { try ProjectName($0) })
        var project: ProjectName

        @OptionGroup var settings: ProjectSettings

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            var made = try await client.createProject(
                project, description: settings.description, visibility: settings.visibility)
            if settings.saysMore {
                do {
                    made = try await client.changeProject(
                        project, sites: settings.sites, quotaBytes: settings.quota, refuses: settings.refuse)
                } catch {
                    StandardStream.write(
                        "peerage: the project was made, without what follows from here. Set it before anything is pushed: peerage "
                            + "project set \(project) …\n", to: .error)
                    throw error
                }
            }
            output.show(made, text: ProjectCommand.text(made))
        }
    }

    /// `peerage project show`.
    struct Show: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show a project: its sites, its quota, and how much of it is used.")

        @Argument(help: ProjectCommand.nameHelp, transform: { try ProjectName($0) })
        var project: ProjectName

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let found = try await client.project(project)
            output.show(found, text: ProjectCommand.text(found))
        }
    }

    /// `peerage project set`.
    struct Set: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Change a project; what is not named stays as it is.",
            discussion: """
                When the sites change, nodes at the new ones fetch what they lack; nodes at the others remove it once a majority of \
                the new ones holds it. Watch it with: peerage project holdings
                """)

        @Argument(help: ProjectCommand.nameHelp, transform: { try ProjectName($0) })
        var project: ProjectName

        @OptionGroup var settings: ProjectSettings

        @OptionGroup var options: SharedOptions

        func validate() throws {
            guard settings.description == nil, settings.visibility == nil, !settings.saysMore else { return }
            throw ValidationError("Say what shall change: --sites, --quota, --refuse, --visibility or --description.")
        }

        func run(_ client: PeerageClient) async throws(ClientError) {
            let changed = try await client.changeProject(
                project, description: settings.description, sites: settings.sites, quotaBytes: settings.quota,
                refuses: settings.refuse, visibility: settings.visibility.map { .value($0) } ?? .unchanged)
            output.show(changed, text: ProjectCommand.text(changed))
        }
    }

    /// `peerage project delete`.
    struct Delete: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete", abstract: "Delete a project in which no model is left.",
            discussion: "Its name is given to no other.")

        @Argument(help: ProjectCommand.nameHelp, transform: { try ProjectName($0) })
        var project: ProjectName

        @Option(help: ArgumentHelp("Why; kept for ever.", valueName: "text"))
        var reason: String

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let gone = try await client.deleteProject(project, reason: reason)
            output.show(gone, text: "deleted the project \(project)")
        }
    }

    /// `peerage project holdings`.
    struct Holdings: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "holdings", abstract: "Ask every node how much of a project's bytes it holds.")

        @Argument(help: ProjectCommand.nameHelp, transform: { try ProjectName($0) })
        var project: ProjectName

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let holdings = try await client.holdings(of: project)
            output.show(holdings, text: Self.text(holdings))
        }

        static func text(_ holdings: ProjectHoldings) -> String {
            var table = TextTable(.text("NODE"), .text("SITE"), .number("KEEPS"), .number("HOLDS"), .text("STATE"))
            for node in holdings.nodes {
                table.add(
                    node.node.text, node.site.text,
                    node.isKeeper ? node.keptBytes.map { Quantity.bytes($0) } ?? "all" : "nothing",
                    node.heldBytes.map { Quantity.bytes($0) } ?? "", state(of: node))
            }
            return "\(holdings.project): \(Quantity.bytes(holdings.totalBytes)), kept at "
                + ProjectCommand.text(holdings.sites) + "\n" + table.text(orElse: "There are no nodes.")
        }

        private static func state(of node: ProjectHoldings.Node) -> String {
            if let problem = node.problem { return problem }
            switch (node.isKeeper, node.isWhole ?? false) {
            case (true, true):
                let isMore = node.keptBytes.map { $0 < node.heldBytes ?? 0 } ?? false
                return isMore ? "whole, and holds what leaves" : "whole"
            case (true, false): return "fetching"
            case (false, _):
                return node.heldBytes == 0 ? "holds nothing" : "holds some: it leaves, or other projects have it too"
            }
        }
    }

    static func text(_ project: Project) -> String {
        TextTable.fields([
            "project": project.name.text,
            "description": project.description.isEmpty ? nil : project.description,
            "sites": text(project.sites),
            "quota": project.quotaBytes.map { Quantity.bytes($0) } ?? "none",
            "used": project.usedBytes.map { Quantity.bytes($0) } ?? "not counted until there is a quota",
            "visibility": (project.visibility ?? .internal).rawValue,
            "refuses": (project.refuses ?? Project.standardRefusals).map(\.rawValue).joined(separator: ", "),
            "created": "\(project.createdAt) by \(project.createdBy)",
        ])
    }

    private static func text(_ sites: [SiteName]?) -> String {
        sites?.map(\.text).joined(separator: ", ") ?? "every site"
    }

    static var nameHelp: ArgumentHelp { ArgumentHelp("The project.", valueName: "project") }
}

/// What can be said of a project.
struct ProjectSettings: ParsableArguments {
    @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
    var description: String?

    @Option(
        help: ArgumentHelp(
            "The sites that keep its bytes, separated by commas, and no others do; “all” for every site.",
            valueName: "site,…"),
        transform: { text in
            text == "all" ? .none : .value(try text.split(separator: ",").map { try SiteName(String($0)) })
        })
    var sites: Setting<[SiteName]> = .unchanged

    @Option(
        help: ArgumentHelp(
            "How many bytes its files may have, equal files counted once: 500GB, 2TiB, or “none”.", valueName: "size"),
        transform: { $0 == "none" ? .none : .value(try Quantity.bytes(of: $0)) })
    var quota: Setting<UInt64> = .unchanged

    @Option(
        help: ArgumentHelp(
            "Which files it refuses, by verdict and separated by commas: dangerous, malformed, unknown; “nothing”, or "
                + "“standard” for dangerous and malformed.", valueName: "verdict,…"),
        transform: { try Self.refusals(of: $0) })
    var refuse: Setting<[Verdict]> = .unchanged

    @Option(
        help: ArgumentHelp(
            "Who sees it: “internal” for everyone who has a token, “private” for those who have a role in it.",
            valueName: "visibility"), transform: References.visibility)
    var visibility: Visibility?

    /// Whether it says anything that a new project is not told at once.
    var saysMore: Bool { sites != .unchanged || quota != .unchanged || refuse != .unchanged }

    private static func refusals(of text: String) throws -> Setting<[Verdict]> {
        switch text {
        case "standard": return .none
        case "nothing": return .value([])
        default:
            return .value(
                try text.split(separator: ",").map { word in
                    guard let verdict = Verdict(rawValue: String(word)), verdict != .safe else {
                        throw ValidationError("“\(word)” is none of dangerous, malformed and unknown.")
                    }
                    return verdict
                })
        }
    }
}
