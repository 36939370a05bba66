import ArgumentParser
import Foundation
import Models
import PeerageClient
import Schemas

/// `peerage schema`.
struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Say what a project asks of its versions' metadata: JSON Schemas (2020-12).",
        subcommands: [List.self, Set.self, Remove.self, Check.self, Vocabulary.self])

    /// The project and the place of a schema.
    struct Place: ParsableArguments {
        @Argument(help: ArgumentHelp("The project.", valueName: "project"), transform: { try ProjectName($0) })
        var project: ProjectName

        @Option(
            help: ArgumentHelp("The stage that asks it. Default: registration asks it.", valueName: "stage"),
            transform: { try StageName($0) })
        var stage: StageName?

        var text: String { stage.map { "before “\($0)”" } ?? "for registration" }
    }

    /// `peerage schema list`.
    struct List: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List what a project asks, and where; the schemas themselves with --json.")

        @Argument(help: ArgumentHelp("The project.", valueName: "project"), transform: { try ProjectName($0) })
        var project: ProjectName

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let schemas = try await client.schemas(of: project).all()
            var table = TextTable(.text("ASKED"), .text("SHA-256"), .text("SET"), .text("BY"))
            for schema in schemas {
                table.add(
                    schema.stage.map { "before \($0)" } ?? "for registration", "\(schema.digest)".prefix(12) + "…",
                    schema.at.description, schema.by.text)
            }
            output.show(list: schemas, text: table.text(orElse: "The project asks nothing."))
        }
    }

    /// `peerage schema set`.
    struct Set: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Ask something of metadata.",
            discussion: """
                A schema may refer to the words that Peerage reads itself: {"$ref": "urn:peerage:metadata:1"}. Versions that are \
                there stay as they are. Before a stage, “evaluations” are those that were added to the version.
                """)

        @OptionGroup var place: Place

        @Argument(help: ArgumentHelp("A JSON file.", valueName: "file"))
        var file: String

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let set = try await client.setSchema(
                try MetadataFile.read(file), before: place.stage, in: place.project)
            output.show(set, text: "project \(place.project) asks it \(place.text)")
        }
    }

    /// `peerage schema remove`.
    struct Remove: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Ask nothing of metadata any more.")

        @OptionGroup var place: Place

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            try await client.removeSchema(before: place.stage, in: place.project)
            output.show(["project": place.project.text], text: "project \(place.project) asks nothing \(place.text)")
        }
    }

    /// `peerage schema check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Hold JSON documents against a JSON Schema, without a server.",
            discussion: "Exit status 0 when all meet it, 1 when one does not.")

        @Argument(help: ArgumentHelp("A JSON Schema.", valueName: "schema"))
        var schema: String

        @Argument(help: ArgumentHelp("JSON files; “-” for one document a line of standard input.", valueName: "file"))
        var files: [String]

        @Option(
            name: .customLong("document"),
            help: ArgumentHelp("A file that the schema refers to; may be repeated.", valueName: "uri=file"))
        var documents: [String] = []

        func run() async throws {
            var others = MetadataVocabulary.documents
            for document in documents {
                let parts = document.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { throw ValidationError("“\(document)” is not URI=FILE.") }
                others[parts[0]] = try Self.value(Data(contentsOf: URL(filePath: parts[1])))
            }
            let compiled = try JSONSchema(Self.value(Data(contentsOf: URL(filePath: schema))), documents: others)
            for stranger in compiled.strangers {
                StandardStream.write("peerage: “\(stranger)” is no keyword of JSON Schema 2020-12\n", to: .error)
            }
            var isValid = true
            for file in files {
                if file == "-" {
                    while let line = readLine() { try check(line, Data(line.utf8), compiled, &isValid) }
                } else {
                    try check(file, Data(contentsOf: URL(filePath: file)), compiled, &isValid)
                }
            }
            if !isValid { throw ExitCode(1) }
        }

        private func check(_ name: String, _ data: Data, _ schema: JSONSchema, _ isValid: inout Bool) throws {
            let violations = try schema.violations(of: Self.value(data))
            let shown = PrintableText.line(String(name.prefix(60)))
            if violations.isEmpty { StandardStream.write("valid: \(shown)\n", to: .output) }
            for violation in violations {
                let place = violation.path.isEmpty ? "it" : violation.path
                StandardStream.write(
                    "invalid: \(shown): \(PrintableText.line("\(place) \(violation.problem)"))\n", to: .output)
            }
            isValid = isValid && violations.isEmpty
        }

        private static func value(_ data: Data) throws -> JSONValue {
            try JSONDecoder().decode(JSONValue.self, from: data)
        }
    }

    /// `peerage schema vocabulary`.
    struct Vocabulary: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "vocabulary", abstract: "Print the words of metadata that Peerage reads, as a JSON Schema.")

        func run() async throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            let text = String(decoding: try encoder.encode(MetadataVocabulary.document), as: UTF8.self)
            StandardStream.write(text + "\n", to: .output)
        }
    }
}
