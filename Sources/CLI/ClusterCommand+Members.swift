import ArgumentParser
import Foundation
import Models
import PeerageClient

extension ClusterCommand {
    /// `peerage cluster add`.
    struct Add: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Invite a node into the cluster.",
            discussion: """
                Writes an invitation, which whoever holds it can use once. On the new machine:
                peerage serve --data DIR --join INVITATION --api HOST:PORT --peer HOST:PORT
                The node comes in as a learner; peerage cluster promote lets it vote.
                """)

        @Argument(help: ArgumentHelp("The name it will have.", valueName: "node"), transform: { try NodeName($0) })
        var node: NodeName

        @Option(help: ArgumentHelp("Its site.", valueName: "name"), transform: { try SiteName($0) })
        var site: SiteName

        @Option(help: ArgumentHelp("For how many hours it may come.", valueName: "n"))
        var hours: Int?

        @Option(
            name: [.customShort("o"), .customLong("output")],
            help: ArgumentHelp("Where to write the invitation; NODE.invitation when not given.", valueName: "file"))
        var file: String?

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            let invitation = try await client.addMember(node, site: site, hours: hours)
            let path = file ?? "\(node).invitation"
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            do {
                try SecretFile.write(Array(encoder.encode(invitation)) + [10], to: path)
            } catch {
                throw .invalidInput("The invitation cannot be written to \(path): \(error).")
            }
            output.show(
                invitation,
                text: """
                    \(path) invites \(node) at \(site) until \(invitation.expiresAt). Carry it to the new machine as you would a \
                    key, and start the node there:

                      peerage serve --data DIR --join \(path) --api HOST:PORT --peer HOST:PORT
                    """)
        }
    }

    /// `peerage cluster promote`.
    struct Promote: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "promote", abstract: "Let a learner vote, once it has caught up.")

        @Argument(help: ArgumentHelp("Which.", valueName: "node"), transform: { try NodeName($0) })
        var node: NodeName

        @Flag(help: "Although it lacks bytes of models.")
        var force = false

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            output.show(try await client.promoteMember(node, force: force))
        }
    }

    /// `peerage cluster demote`.
    struct Demote: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "demote", abstract: "Let a voter only follow.")

        @Argument(help: ArgumentHelp("Which.", valueName: "node"), transform: { try NodeName($0) })
        var node: NodeName

        @Flag(help: "Although too few of the other voters are well.")
        var force = false

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            output.show(try await client.demoteMember(node, force: force))
        }
    }

    /// `peerage cluster remove`.
    struct Remove: ClientCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove", abstract: "Remove a node for ever: its node comes back only as a new member.")

        @Argument(help: ArgumentHelp("Which.", valueName: "node"), transform: { try NodeName($0) })
        var node: NodeName

        @Flag(help: "Although too few of the others are well.")
        var force = false

        @OptionGroup var options: SharedOptions

        func run(_ client: PeerageClient) async throws(ClientError) {
            output.show(try await client.removeMember(node, force: force))
        }
    }
}

extension Output {
    /// Shows a member after a change.
    fileprivate func show(_ member: MemberDescription) {
        show(member, text: "\(member.node) at \(member.site), member \(member.member): \(member.role)")
    }
}

/// Files that only their owner may read.
enum SecretFile {
    /// Writes `bytes` to a new file at `path`; refuses to replace one.
    static func write(_ bytes: [UInt8], to path: String) throws {
        guard !FileManager.default.fileExists(atPath: path) else { throw CocoaError(.fileWriteFileExists) }
        let isCreated = FileManager.default.createFile(
            atPath: path, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
        guard isCreated else { throw CocoaError(.fileWriteUnknown) }
    }
}
