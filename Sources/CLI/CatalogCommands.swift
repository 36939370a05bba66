import ArgumentParser
import Models
import PeerageClient

/// `peerage list`.
struct ListCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List projects, or the models of one.")

    @Argument(help: ArgumentHelp("The project.", valueName: "project"), transform: { try ProjectName($0) })
    var project: ProjectName?

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        guard let project else {
            let projects = try await client.projects().all()
            return output.show(list: projects, text: Self.text(projects))
        }
        let models = try await client.models(in: project).all()
        output.show(list: models, text: Self.text(models))
    }

    static func text(_ projects: [Project]) -> String {
        var table = TextTable(.text("PROJECT"), .text("CREATED"), .text("BY"), .text("DESCRIPTION"))
        for project in projects {
            table.add(
                project.name.text, project.createdAt.description, project.createdBy.text, project.description)
        }
        return table.text(orElse: "There are no projects yet. Make one: peerage push DIRECTORY PROJECT/MODEL")
    }

    static func text(_ models: [Model]) -> String {
        var table = TextTable(
            .text("MODEL"), .number("VERSIONS"), .text("CREATED"), .text("BY"), .text("DESCRIPTION"))
        for model in models {
            table.add(
                "\(model.project)/\(model.name)", "\(model.latestVersion)", model.createdAt.description,
                model.createdBy.text, model.description)
        }
        return table.text(orElse: "The project has no models yet.")
    }
}

/// `peerage show`.
struct ShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a version: its files, metadata, tags and aliases.")

    @Argument(
        help: ArgumentHelp(
            "The version: PROJECT/MODEL for the newest, PROJECT/MODEL:N or PROJECT/MODEL@ALIAS.", valueName: "version"),
        transform: References.version)
    var reference: ModelReference

    @OptionGroup var moment: MomentOption

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let version = try await client.version(reference, at: moment.at)
        output.show(version, text: VersionText.text(version))
    }
}

/// `peerage log`.
struct LogCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "List a model's versions, newest first.")

    @Argument(
        help: ArgumentHelp("The model: PROJECT/MODEL.", valueName: "project/model"), transform: References.model)
    var model: ModelReference

    @Option(help: ArgumentHelp("At most so many versions. Default: all.", valueName: "n"))
    var limit: Int?

    @OptionGroup var options: SharedOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is a number from 1.") }
    }

    func run(_ client: PeerageClient) async throws(ClientError) {
        let versions = try await client.versions(of: model.model, in: model.project).all(limit: limit ?? .max)
        output.show(list: versions, text: Self.text(versions))
    }

    static func text(_ versions: [VersionDescription]) -> String {
        var table = TextTable(
            .number("VERSION"), .text("CREATED"), .text("BY"), .text("SITE"), .number("FILES"), .number("SIZE"),
            .text("ALIASES"), .text("MESSAGE"))
        for description in versions {
            let version = description.version
            table.add(
                "\(version.number)", version.createdAt.description, version.createdBy.text, version.site.text,
                "\(version.files.count)", Quantity.bytes(version.size), VersionText.aliases(description) ?? "",
                version.message)
        }
        return table.text(orElse: "The model has no versions yet.")
    }
}

/// A version for people.
enum VersionText {
    /// Names between commas; nil when there are none.
    static func aliases(_ description: VersionDescription) -> String? {
        description.aliases.isEmpty ? nil : description.aliases.map(\.text).joined(separator: ", ")
    }

    /// All of it.
    static func text(_ description: VersionDescription) -> String {
        let version = description.version
        let tags = version.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let fields = TextTable.fields([
            "version": "\(version.project)/\(version.model):\(version.number)",
            "digest": "sha256:\(version.digest)",
            "aliases": aliases(description),
            "stage": description.stage.map { text($0) },
            "created": "\(version.createdAt) by \(version.createdBy) at \(version.site)",
            "message": version.message.isEmpty ? nil : version.message,
            "tags": tags.isEmpty ? nil : tags.joined(separator: ", "),
            "size": "\(Quantity.count(version.files.count, "file")), \(Quantity.bytes(version.size))",
            "parameters": version.inspection.flatMap { parameters($0) },
        ])
        let metadata = version.metadata == .object([:]) ? "" : "\n\nmetadata\n\(Output.json(version.metadata))"
        let recalls = (description.recalls ?? []).map { RecallText.line($0) + "\n" }.joined()
        return "\(recalls)\(fields)\(PrintableText.lines(metadata))\n\n\(files(version))"
    }

    private static func text(_ stage: VersionStage) -> String {
        let successor = stage.successor.map { "; use \($0)" } ?? ""
        let effective = stage.effectiveAt.map { " from \($0) on" } ?? ""
        return "\(stage.stage) since \(stage.since)\(successor)\(effective)"
    }

    /// How many there are, and of which types; nil when the files do not tell.
    private static func parameters(_ inspection: Inspection) -> String? {
        guard let count = inspection.parameters else { return nil }
        let types = inspection.elements.keys.sorted().joined(separator: ", ")
        return types.isEmpty ? "\(count)" : "\(count) in \(types)"
    }

    private static func files(_ version: Version) -> String {
        guard let inspection = version.inspection else { return listing(version) { _ in "not inspected" } }
        let found = Dictionary(inspection.files.map { ($0.path, $0) }) { $1 }
        return listing(version) { path in
            guard let file = found[path] else { return "text" }
            let reasons = file.reasons.isEmpty ? "" : ": " + file.reasons.joined(separator: "; ")
            return "\(file.format), \(file.verdict.rawValue)\(reasons)"
        }
    }

    private static func listing(_ version: Version, _ found: (FilePath) -> String) -> String {
        var table = TextTable(.text("SHA-256"), .number("SIZE"), .text("PATH"), .text("INSPECTION"))
        for file in version.files {
            table.add("\(file.sha256)", Quantity.bytes(file.size), file.path.text, found(file.path))
        }
        return table.text(orElse: "It has no files.")
    }
}
