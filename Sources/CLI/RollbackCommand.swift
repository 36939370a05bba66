import ArgumentParser
import Models
import PeerageClient

/// `peerage rollback`.
struct RollbackCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Make an alias name again what it named before.",
        discussion: """
            Without --to that is the version it named before its last move; a second rollback undoes the first. Both \
            stay in the alias's history.
            """)

    @Argument(
        help: ArgumentHelp("The alias: PROJECT/MODEL@ALIAS.", valueName: "project/model@alias"),
        transform: References.alias)
    var alias: AliasReference

    @Option(help: ArgumentHelp("A version that it named before.", valueName: "n"))
    var to: UInt64?

    @Option(help: ArgumentHelp("Why; kept in the alias's history.", valueName: "text"))
    var reason: String

    @OptionGroup var options: SharedOptions

    func validate() throws {
        if to == 0 { throw ValidationError("Versions are numbered 1, 2, 3…") }
        if reason.isEmpty { throw ValidationError("--reason is empty. Say why.") }
    }

    func run(_ client: PeerageClient) async throws(ClientError) {
        let moved = try await client.rollBack(
            alias.alias, of: alias.model, in: alias.project, to: to, reason: reason)
        output.show(moved, text: "\(alias) names version \(moved.version) again")
    }
}
