import ArgumentParser
import Models
import PeerageClient

/// `peerage principal`.
struct PrincipalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "principal", abstract: "Say who there is, and what each may do in the whole cluster.",
        discussion:
            "Roles: reader, auditor, contributor, steward, administrator. More in single projects: peerage grant.",
        subcommands: [Add.self, List.self, Role.self, Remove.self])

    /// `peerage principal add`.
    struct Add: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Add a person or a service; it signs in with a token (peerage token issue).")

        @Argument(help: PrincipalCommand.nameHelp, transform: { try PrincipalName($0) })
        var name: PrincipalName

        @Option(help: PrincipalCommand.roleHelp, transform: References.role)
        var role = Models.Role.reader

        @Option(help: ArgumentHelp("Who or what it is.", valueName: "text"))
        var description: String?

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let made = try await client.createPrincipal(name, role: role, description: description)
            output.show(made, text: "\(made.name) is \(made.role.rawValue)")
        }
    }

    /// `peerage principal list`.
    struct List: ClientCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List who there is.")

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let all = try await client.principals().all()
            var table = TextTable(.text("PRINCIPAL"), .text("ROLE"), .text("ADDED"), .text("DESCRIPTION"))
            for one in all {
                let role = one.removedAt == nil ? one.role.rawValue : "removed"
                table.add(one.name.text, role, one.createdAt?.description ?? "", one.description)
            }
            output.show(list: all, text: table.text(orElse: "There is nobody."))
        }
    }

    /// `peerage principal role`.
    struct Role: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "role", abstract: "Give a principal another role in the whole cluster.")

        @Argument(help: PrincipalCommand.nameHelp, transform: { try PrincipalName($0) })
        var name: PrincipalName

        @Argument(help: PrincipalCommand.roleHelp, transform: References.role)
        var role: Models.Role

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let changed = try await client.changePrincipal(name, role: role)
            output.show(changed, text: "\(changed.name) is \(changed.role.rawValue)")
        }
    }

    /// `peerage principal remove`.
    struct Remove: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Remove a principal for ever; nobody else can have its name.")

        @Argument(help: PrincipalCommand.nameHelp, transform: { try PrincipalName($0) })
        var name: PrincipalName

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let removed = try await client.removePrincipal(name)
            output.show(removed, text: "\(removed.name) was removed, and its tokens mean nothing any more")
        }
    }

    static var nameHelp: ArgumentHelp { ArgumentHelp("The principal.", valueName: "principal") }
    static var roleHelp: ArgumentHelp {
        ArgumentHelp("reader, auditor, contributor, steward or administrator.", valueName: "role")
    }
}

/// `peerage grant`.
struct GrantCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Say what principals may do in a project.",
        subcommands: [Set.self, Remove.self, List.self])

    /// `peerage grant set`.
    struct Set: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "set", abstract: "Give a principal a role in a project.")

        @Argument(help: GrantCommand.projectHelp, transform: { try ProjectName($0) })
        var project: ProjectName

        @Argument(help: PrincipalCommand.nameHelp, transform: { try PrincipalName($0) })
        var principal: PrincipalName

        @Argument(help: PrincipalCommand.roleHelp, transform: References.role)
        var role: Role

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let all = try await client.grant(role, to: principal, in: project)
            output.show(list: all, text: GrantCommand.text(all))
        }
    }

    /// `peerage grant remove`.
    struct Remove: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Take a principal's role in a project away.")

        @Argument(help: GrantCommand.projectHelp, transform: { try ProjectName($0) })
        var project: ProjectName

        @Argument(help: PrincipalCommand.nameHelp, transform: { try PrincipalName($0) })
        var principal: PrincipalName

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let all = try await client.grant(nil, to: principal, in: project)
            output.show(list: all, text: GrantCommand.text(all))
        }
    }

    /// `peerage grant list`.
    struct List: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List who has which role in a project.")

        @Argument(help: GrantCommand.projectHelp, transform: { try ProjectName($0) })
        var project: ProjectName

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let all = try await client.grants(in: project).all()
            output.show(list: all, text: GrantCommand.text(all))
        }
    }

    private static func text(_ grants: [Grant]) -> String {
        var table = TextTable(.text("PROJECT"), .text("PRINCIPAL"), .text("ROLE"), .text("SINCE"), .text("BY"))
        for one in grants {
            table.add(one.project.text, one.principal.text, one.role.rawValue, one.at.description, one.by.text)
        }
        return table.text(orElse: "Nobody has a role there beside that in the whole cluster.")
    }

    private static var projectHelp: ArgumentHelp { ArgumentHelp("The project.", valueName: "project") }
}

/// `peerage token`.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Issue, list and revoke tokens.",
        subcommands: [Issue.self, List.self, Revoke.self])

    /// `peerage token issue`.
    struct Issue: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "issue", abstract: "Issue a token, for yourself or another; it is printed this once.")

        @Option(name: .customLong("for"), help: TokenCommand.ownerHelp, transform: { try PrincipalName($0) })
        var owner: PrincipalName?

        @Option(help: ArgumentHelp("What it is for.", valueName: "text"))
        var label: String?

        @Option(help: ArgumentHelp("For how many days it holds. Default: for ever.", valueName: "n"))
        var days: UInt32?

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let owner = try await TokenCommand.owner(owner, client)
            let issued = try await client.issueToken(to: owner, label: label, days: days)
            output.show(issued, text: issued.token)
        }
    }

    /// `peerage token list`.
    struct List: ClientCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List tokens, without secrets.")

        @Option(name: .customLong("for"), help: TokenCommand.ownerHelp, transform: { try PrincipalName($0) })
        var owner: PrincipalName?

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let all = try await client.tokens(of: TokenCommand.owner(owner, client)).all()
            output.show(list: all, text: TokenCommand.text(all))
        }
    }

    /// `peerage token revoke`.
    struct Revoke: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Revoke a token by its id, at every site.")

        @Argument(
            help: ArgumentHelp("The token's id: see peerage token list.", valueName: "id"), transform: References.id)
        var id: UniqueID

        @Option(name: .customLong("for"), help: TokenCommand.ownerHelp, transform: { try PrincipalName($0) })
        var owner: PrincipalName?

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let left = try await client.revokeToken(id, of: TokenCommand.owner(owner, client))
            output.show(list: left, text: TokenCommand.text(left))
        }
    }

    private static func owner(
        _ named: PrincipalName?, _ client: PeerageClient
    ) async throws(ClientError) -> PrincipalName {
        if let named { return named }
        return try await client.whoAmI().name
    }

    private static func text(_ tokens: [TokenInformation]) -> String {
        var table = TextTable(
            .text("ID"), .text("PRINCIPAL"), .text("ISSUED"), .text("EXPIRES"), .text("LABEL"))
        for one in tokens {
            table.add(
                one.id.description, one.principal.text, one.createdAt?.description ?? "",
                one.expiresAt?.description ?? "never", one.label)
        }
        return table.text(orElse: "There are no tokens.")
    }

    private static var ownerHelp: ArgumentHelp {
        ArgumentHelp("Whose token. Default: yours.", valueName: "principal")
    }
}

/// `peerage whoami`.
struct WhoAmICommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "whoami", abstract: "Show who you are.")

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let principal = try await client.whoAmI()
        output.show(principal, text: "\(principal.name), \(principal.role.rawValue)")
    }
}
