import ArgumentParser
import Models
import PeerageClient

/// `peerage lineage`.
struct LineageCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "lineage", abstract: "Show what a model is made of, what is made of it, and where that serves.",
        discussion: """
            Of a version: PROJECT/MODEL[:N|@ALIAS]. Of anything else by what it is: dataset:name:NAME, \\
            dataset:digest:SHA256, model:uri:URI, run:name:ID. Versions tell it at registration, in the member “lineage” \\
            of their metadata.
            """)

    @Argument(
        help: ArgumentHelp("A version or another thing.", valueName: "thing"), transform: References.lineageStart)
    var start: LineageStart

    @Option(
        help: ArgumentHelp("Which way to follow: up, down or both.", valueName: "direction"),
        transform: References.direction)
    var direction = LineageDirection.both

    @Option(help: ArgumentHelp("How many steps to follow. Default: as many as there are.", valueName: "n"))
    var depth: Int?

    @OptionGroup var options: SharedOptions

    func validate() throws {
        if let depth, depth < 1 { throw ValidationError("--depth is a number from 1.") }
    }

    func run(_ client: PeerageClient) async throws(ClientError) {
        let graph =
            switch start {
            case .version(let reference): try await client.lineage(of: reference, direction, depth: depth)
            case .thing(let id): try await client.lineage(of: id, direction, depth: depth)
            }
        output.show(graph, text: Self.text(graph))
    }

    static func text(_ graph: LineageGraph) -> String {
        var table = TextTable(.text("FROM"), .text("RELATION"), .text("TO"))
        let names = Dictionary(graph.nodes.map { ($0.id, name($0)) }) { $1 }
        for edge in graph.edges { table.add(names[edge.from] ?? edge.from, edge.relation, names[edge.to] ?? edge.to) }
        let about = graph.nodes.first.map { name($0) } ?? ""
        let recalls = graph.nodes.compactMap(\.recall).map { "\n\(RecallText.line($0))" }.joined()
        let more = graph.truncated ? "\nThere is more: follow it from one of these." : ""
        return table.text(orElse: "Nothing is known of the lineage of \(about).") + recalls + more
    }

    private static func name(_ node: LineageGraph.Node) -> String {
        let thing = node.thing
        let what = thing.name ?? thing.uri ?? thing.digest.map { "sha256:\($0)" } ?? node.id
        return (thing.kind == .version ? what : "\(thing.kind.rawValue) \(what)")
            + (node.recall == nil ? "" : " (recalled)")
    }
}

/// A recall for people.
enum RecallText {
    static func line(_ recall: Recall) -> String {
        PrintableText.line("RECALLED  \(recall.thing), \(recall.at) by \(recall.by): \(recall.reason)")
    }
}

/// `peerage recall`.
struct RecallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recall", abstract: "Recall a version or a data set, and see what is affected.",
        subcommands: [Add.self, Lift.self, List.self])

    /// `peerage recall add`.
    struct Add: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Recall a thing: what is made of it says so from now on.")

        @Argument(help: RecallCommand.help)
        var thing: String

        @Option(help: ArgumentHelp("Why.", valueName: "text"))
        var reason: String

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let affected = try await client.recall(RecallCommand.identity(thing), reason: reason)
            output.show(affected, text: LineageCommand.text(affected))
        }
    }

    /// `peerage recall lift`.
    struct Lift: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "lift", abstract: "Take a recall back.")

        @Argument(help: RecallCommand.help)
        var thing: String

        @Option(help: ArgumentHelp("Why.", valueName: "text"))
        var reason: String

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let graph = try await client.recall(RecallCommand.identity(thing), reason: reason, lifting: true)
            output.show(graph, text: "\(thing) is recalled no more")
        }
    }

    /// `peerage recall list`.
    struct List: ClientCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List what is recalled.")

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let recalls = try await client.recalls().all()
            var table = TextTable(.text("THING"), .text("AT"), .text("BY"), .text("REASON"))
            for recall in recalls { table.add(recall.thing, recall.at.description, recall.by.text, recall.reason) }
            output.show(list: recalls, text: table.text(orElse: "Nothing is recalled."))
        }
    }

    /// A version may be named without saying that it is one.
    private static func identity(_ text: String) -> String {
        LineageThing(id: "version:\(text)") == nil ? text : "version:\(text)"
    }

    private static var help: ArgumentHelp {
        ArgumentHelp("PROJECT/MODEL:N, dataset:name:NAME, dataset:digest:SHA256, model:uri:URI…", valueName: "thing")
    }
}
