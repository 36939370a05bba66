import ArgumentParser
import Foundation
import Models
import PeerageClient

/// `peerage push`.
struct PushCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Register a file or the files of a directory as a new version.",
        discussion: """
            Every regular file below the directory is sent, hidden ones included, except .git and *.partial. What the \
            cluster holds already is not sent again, and of files that are like files of the model's newest version \
            only what differs. Project and model are created when they do not exist.
            """)

    @Argument(help: ArgumentHelp("The file or directory.", valueName: "path"), completion: .file())
    var path: String

    @Argument(
        help: ArgumentHelp("The model: PROJECT/MODEL.", valueName: "project/model"), transform: References.model)
    var model: ModelReference

    @Option(
        name: .customLong("alias"),
        help: ArgumentHelp("Move this alias to the version; may be repeated.", valueName: "name"),
        transform: { try AliasName($0) })
    var aliases: [AliasName] = []

    @Option(
        help: ArgumentHelp("A file with a JSON object that describes the version.", valueName: "file"),
        completion: .file())
    var metadata: String?

    @Option(
        name: .customLong("tag"), help: ArgumentHelp("Label the version; may be repeated.", valueName: "key=value"),
        transform: References.tag)
    var tags: [Tag] = []

    @Option(help: ArgumentHelp("Why this version is.", valueName: "text"))
    var message: String?

    @Option(
        name: .customLong("base"),
        help: ArgumentHelp(
            "Another version whose files these are like, such as the one it was tuned from; may be repeated.",
            valueName: "version"),
        transform: References.version)
    var bases: [ModelReference] = []

    @OptionGroup var options: SharedOptions

    func validate() throws {
        if let key = Dictionary(grouping: tags, by: \.key).first(where: { $0.value.count > 1 })?.key {
            throw ValidationError("The tag “\(key)” is given twice.")
        }
    }

    func run(_ client: PeerageClient) async throws(ClientError) {
        let notes = VersionNotes(
            metadata: try metadata.map(MetadataFile.read), tags: Dictionary(tags.map { ($0.key, $0.value) }) { $1 },
            message: message, aliases: aliases)
        let files = try LocalFile.files(at: URL(filePath: path))
        let display = ProgressDisplay()
        defer { display.finish() }
        let result = try await client.push(
            files, to: model.model, in: model.project, notes: notes, bases: bases, observer: display.observer)
        display.finish()
        output.show(result.version, text: Self.text(result))
        await warn(of: result.version.version, client)
    }

    /// Says where card and metadata contradict each other, while the next version can still be better.
    private func warn(of version: Version, _ client: PeerageClient) async {
        guard version.card != nil else { return }
        do throws(ClientError) {
            let reference = ModelReference(
                project: version.project, model: version.model, selector: .number(version.number))
            for doubt in CardCommand.doubts(try await client.card(of: reference)) {
                StandardStream.write("peerage: README.md: \(doubt)\n", to: .error)
            }
        } catch {
            StandardStream.write("peerage: README.md was not held against the metadata: \(error)\n", to: .error)
        }
    }

    static func text(_ result: TransferResult) -> String {
        let (version, summary) = (result.version.version, result.summary)
        let fields = TextTable.fields([
            "digest": "sha256:\(version.digest)",
            "files": "\(Quantity.count(version.files.count, "file")), \(Quantity.bytes(version.size))",
            "sent": "\(Quantity.count(summary.filesMoved, "file")), \(Quantity.bytes(summary.bytesMoved))",
            "held already": "\(Quantity.count(summary.filesPresent, "file")), \(Quantity.bytes(summary.bytesPresent))",
            "aliases": VersionText.aliases(result.version),
        ])
        return "pushed \(version.project)/\(version.model):\(version.number)\n\(fields)"
    }
}

/// The file given with `--metadata`.
enum MetadataFile {
    /// The object in the file.
    static func read(_ path: String) throws(ClientError) -> JSONValue {
        let value: JSONValue
        do {
            let data = try Data(contentsOf: URL(filePath: path))
            value = try JSONDecoder().decode(JSONValue.self, from: data)
            guard value.hasEveryMember(ofText: data) else {
                throw ClientError.invalidInput(
                    "The metadata file “\(path)” has two members of one name in one object. Keep one of them.")
            }
        } catch let error as ClientError {
            throw error
        } catch is DecodingError {
            throw .invalidInput("The metadata file “\(path)” is not JSON. Write one object: {\"key\": …}.")
        } catch {
            throw .fileSystem(path: path, reason: "the metadata cannot be read: \(error.localizedDescription)")
        }
        guard case .object = value else {
            throw .invalidInput("The metadata file “\(path)” does not hold an object. Write {\"key\": …}.")
        }
        return value
    }
}
