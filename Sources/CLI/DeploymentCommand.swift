import ArgumentParser
import Models
import PeerageClient

/// `peerage deployment`.
struct DeploymentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deployment", abstract: "Report and see where versions serve.",
        subcommands: [Report.self, End.self, List.self])

    /// `peerage deployment report`.
    struct Report: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "report", abstract: "Say that a place serves a version; said by the system that does.")

        @Argument(help: DeploymentCommand.versionHelp, transform: References.version)
        var version: ModelReference

        @Argument(help: DeploymentCommand.nameHelp, transform: { try DeploymentName($0) })
        var name: DeploymentName

        @Option(help: ArgumentHelp("What it is part of: production, canary…", valueName: "text"))
        var environment: String?

        @Option(help: ArgumentHelp("Where it is reached.", valueName: "uri"))
        var uri: String?

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let all = try await client.reportDeployment(name, of: version, environment: environment, uri: uri)
            output.show(list: all, text: DeploymentCommand.text(all))
        }
    }

    /// `peerage deployment end`.
    struct End: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "end", abstract: "Say that a place serves a version no more.")

        @Argument(help: DeploymentCommand.versionHelp, transform: References.version)
        var version: ModelReference

        @Argument(help: DeploymentCommand.nameHelp, transform: { try DeploymentName($0) })
        var name: DeploymentName

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let all = try await client.endDeployment(name, of: version)
            output.show(list: all, text: DeploymentCommand.text(all))
        }
    }

    /// `peerage deployment list`.
    struct List: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List where a version serves.")

        @Argument(help: DeploymentCommand.versionHelp, transform: References.version)
        var version: ModelReference

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let all = try await client.deployments(of: version)
            output.show(list: all, text: DeploymentCommand.text(all))
        }
    }

    private static func text(_ deployments: [Deployment]) -> String {
        var table = TextTable(
            .text("DEPLOYMENT"), .number("VERSION"), .text("ENVIRONMENT"), .text("URI"), .text("SINCE"),
            .text("REPORTED"))
        for one in deployments {
            table.add(
                one.name.text, "\(one.version)", one.environment, one.uri, one.since.description,
                one.reportedAt.description)
        }
        return table.text(orElse: "Nothing is known to serve it.")
    }

    private static var versionHelp: ArgumentHelp {
        ArgumentHelp("The version: PROJECT/MODEL[:N|@ALIAS].", valueName: "version")
    }
    private static var nameHelp: ArgumentHelp { ArgumentHelp("The place's name.", valueName: "name") }
}
