import ArgumentParser
import Models
import Node
import PeerageClient

/// `peerage`.
struct PeerageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peerage",
        abstract: "A model registry that several sites run together.",
        discussion: """
            A cluster is found by --server, else PEERAGE_SERVER, else the context that cluster/up or serve wrote \
            (PEERAGE_CONTEXT, else cluster/.state/context.json or peerage-data/context.json here or above). PEERAGE_TOKEN and PEERAGE_CA say who \
            asks and whom to trust; without them the context does.

            Exit status: 0 done, 1 refused or failed, 2 wrong usage, 3 not reachable.
            """,
        version: Node.version,
        subcommands: [
            PushCommand.self, PullCommand.self, ListCommand.self, ShowCommand.self, LogCommand.self,
            SearchCommand.self, SimilarCommand.self, DiffCommand.self, CompareCommand.self, BestCommand.self,
            AliasCommand.self,
            RollbackCommand.self, LineageCommand.self,
            DeploymentCommand.self,
            RecallCommand.self, StageCommand.self, ApprovalCommand.self, EvaluateCommand.self, ReportCommand.self,
            DeleteCommand.self,
            UndeleteCommand.self,
            DeletedCommand.self, HoldCommand.self, RetentionPolicyCommand.self, RiskCommand.self, CardCommand.self,
            UsageCommand.self,
            SchemaCommand.self, ProjectCommand.self,
            PrincipalCommand.self, GrantCommand.self, TokenCommand.self, WhoAmICommand.self, ClusterCommand.self,
            AuditCommand.self, EventsCommand.self, ServeCommand.self, CertificateCommand.self, BackupCommand.self,
            RestoreCommand.self,
            RecoverCommand.self,
        ])
}

/// The options of every command that talks to a cluster.
struct SharedOptions: ParsableArguments {
    @Option(
        name: .customLong("server"),
        help: ArgumentHelp("Servers to talk to, separated by commas; any of them serves.", valueName: "url,…"))
    var servers: String?

    @Option(
        help: ArgumentHelp(
            "How fresh reads must be: session (never older than seen before), linearizable or stale.",
            valueName: "level"),
        transform: References.consistency)
    var consistency = ReadConsistency.session

    @Flag(help: "Print one JSON document instead of text; errors too, on standard error.")
    var json = false
}

/// A command that talks to a cluster.
protocol ClientCommand: AsyncParsableCommand {
    /// The options of every such command.
    var options: SharedOptions { get }

    /// Does the work and prints the answer.
    func run(_ client: PeerageClient) async throws(ClientError)
}

extension ClientCommand {
    /// Where answers go.
    var output: Output { Output(asJSON: options.json) }

    func run() async throws {
        var configuration = try Connection.configuration(servers: options.servers, in: .process)
        configuration.consistency = options.consistency
        let memory = SessionMemory(of: configuration, in: .process)
        configuration.seenIndex = memory.index
        try await PeerageClient.with(configuration) { (client) async throws(ClientError) in
            defer { memory.remember(client.appliedIndex) }
            try await run(client)
        }
    }
}
