import ArgumentParser
import Models
import PeerageClient

/// `peerage alias`.
struct AliasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias", abstract: "Move aliases, and see where they were.",
        subcommands: [Set.self, Remove.self, History.self])

    /// `peerage alias set`.
    struct Set: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Make an alias name a version.")

        @Argument(help: AliasCommand.aliasHelp, transform: References.alias)
        var alias: AliasReference

        @Argument(help: ArgumentHelp("The version's number.", valueName: "n"))
        var version: UInt64

        @Option(help: ArgumentHelp("Why; kept in the alias's history.", valueName: "text"))
        var reason: String?

        @OptionGroup var options: SharedOptions

        func validate() throws {
            if version == 0 { throw ValidationError("Versions are numbered 1, 2, 3…") }
        }

        func run(_ client: PeerageClient) async throws(ClientError) {
            let moved = try await client.setAlias(
                alias.alias, of: alias.model, in: alias.project, to: version, reason: reason)
            output.show(moved, text: "\(alias) names version \(moved.version) since \(moved.updatedAt)")
        }
    }

    /// `peerage alias remove`.
    struct Remove: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Remove an alias; its history stays.")

        @Argument(help: AliasCommand.aliasHelp, transform: References.alias)
        var alias: AliasReference

        @Option(help: ArgumentHelp("Why; kept in the alias's history.", valueName: "text"))
        var reason: String?

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let removed = try await client.removeAlias(
                alias.alias, of: alias.model, in: alias.project, reason: reason)
            output.show(removed, text: "removed \(alias), which named version \(removed.version)")
        }
    }

    /// `peerage alias history`.
    struct History: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "history", abstract: "List what an alias named, and when.")

        @Argument(help: AliasCommand.aliasHelp, transform: References.alias)
        var alias: AliasReference

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let changes = try await client.history(of: alias.alias, of: alias.model, in: alias.project).all()
            output.show(list: changes, text: Self.text(changes))
        }

        static func text(_ changes: [AliasChange]) -> String {
            var table = TextTable(.text("AT"), .text("BY"), .number("FROM"), .number("TO"), .text("REASON"))
            for change in changes {
                table.add(
                    change.at.description, change.by.text, change.from.map { "\($0)" } ?? "",
                    change.to.map { "\($0)" } ?? "", change.reason)
            }
            return table.text(orElse: "The alias was never set.")
        }
    }

    private static var aliasHelp: ArgumentHelp {
        ArgumentHelp("The alias: PROJECT/MODEL@ALIAS.", valueName: "project/model@alias")
    }
}
