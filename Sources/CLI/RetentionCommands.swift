import ArgumentParser
import Models
import PeerageClient

/// `peerage delete`.
struct DeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a version, which can be taken back for a while; or a model of which none is left.",
        discussion: """
            Refused while it is held, named by an alias other than main, served somewhere, or part of a model in \
            production. With --grace-days 0 it is purged within a minute, and its bytes at the next collection. A model can be \
            deleted once all its versions are purged; its name is given to no other. A project: peerage project delete.
            """)

    @Argument(
        help: ArgumentHelp("PROJECT/MODEL:N, or PROJECT/MODEL for the model.", valueName: "project/model[:n]"),
        transform: References.version)
    var version: ModelReference

    @Option(help: ArgumentHelp("Why; kept for ever.", valueName: "text"))
    var reason: String

    @Option(help: ArgumentHelp("For how many days it can be taken back. Default: 30.", valueName: "n"))
    var graceDays: UInt32?

    @OptionGroup var options: SharedOptions

    func validate() throws {
        switch version.selector {
        case nil, .number: return
        case .alias, .latest:
            throw ValidationError("“\(version)” does not name a version by its number. Write PROJECT/MODEL:N.")
        }
    }

    func run(_ client: PeerageClient) async throws(ClientError) {
        guard version.selector != nil else {
            let gone = try await client.deleteModel(version.model, in: version.project, reason: reason)
            return output.show(gone, text: "deleted the model \(version)")
        }
        let deleted = try await client.delete(version, reason: reason, graceDays: graceDays)
        output.show(deleted, text: "deleted \(version); it can be taken back until \(deleted.purgeAt)")
    }
}

/// `peerage undelete`.
struct UndeleteCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "undelete", abstract: "Take a deleted version back.")

    @Argument(help: NumberedVersion.help, transform: NumberedVersion.read)
    var version: ModelReference

    @Option(help: ArgumentHelp("Why.", valueName: "text"))
    var reason: String

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        guard case .number(let number) = version.selector else { return }
        let back = try await client.undelete(number, of: version.model, in: version.project, reason: reason)
        output.show(back, text: "\(version) is there again")
    }
}

/// `peerage deleted`.
struct DeletedCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "deleted", abstract: "List the versions of a model that were deleted.")

    @Argument(
        help: ArgumentHelp("The model: PROJECT/MODEL.", valueName: "project/model"), transform: References.model)
    var model: ModelReference

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let all = try await client.deletedVersions(of: model.model, in: model.project).all()
        var table = TextTable(
            .number("VERSION"), .text("DELETED"), .text("BY"), .text("TAKEN BACK UNTIL"), .text("REASON"))
        for one in all {
            table.add(
                "\(one.number)", one.at.description, one.by.text, one.isPurged ? "purged" : one.purgeAt.description,
                one.reason)
        }
        output.show(list: all, text: table.text(orElse: "No version of it was deleted."))
    }
}

/// `peerage hold`.
struct HoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Keep versions, whatever else is decided.",
        subcommands: [Set.self, Release.self, Show.self])

    /// `peerage hold set`.
    struct Set: ClientCommand {
        static let configuration = CommandConfiguration(commandName: "set", abstract: "Keep a version.")

        @Argument(help: NumberedVersion.help, transform: NumberedVersion.read)
        var version: ModelReference

        @Option(help: ArgumentHelp("Why.", valueName: "text"))
        var reason: String

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let hold = try await client.hold(version, reason: reason)
            output.show(hold, text: "\(version) is held")
        }
    }

    /// `peerage hold release`.
    struct Release: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "release", abstract: "Let a version go its way again.")

        @Argument(help: NumberedVersion.help, transform: NumberedVersion.read)
        var version: ModelReference

        @Option(help: ArgumentHelp("Why.", valueName: "text"))
        var reason: String

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            try await client.release(version, reason: reason)
            output.show(ReasonRequest(reason: reason), text: "\(version) is held no more")
        }
    }

    /// `peerage hold show`.
    struct Show: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show why a version must be kept.")

        @Argument(help: NumberedVersion.help, transform: NumberedVersion.read)
        var version: ModelReference

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let hold = try await client.hold(on: version)
            output.show(hold, text: PrintableText.line("held by \(hold.by) since \(hold.at): \(hold.reason)"))
        }
    }
}

/// An argument that names a version exactly.
enum NumberedVersion {
    static var help: ArgumentHelp { ArgumentHelp("The version: PROJECT/MODEL:N.", valueName: "project/model:n") }

    static func read(_ text: String) throws -> ModelReference {
        let reference = try ModelReference(text)
        guard case .number = reference.selector else {
            throw ValidationError("“\(text)” does not name a version by its number. Write PROJECT/MODEL:N.")
        }
        return reference
    }
}
