import ArgumentParser
import Models
import Node

/// `peerage certificate`.
struct CertificateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "Make a cluster's certificate authority and its nodes' certificates.",
        subcommands: [Authority.self, NodeCertificate.self])

    /// `peerage certificate authority`.
    struct Authority: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "authority",
            abstract:
                "Make the authority of a cluster: ca.pem, and ca-key.pem, which signs certificates and stays secret.")

        @Option(help: ArgumentHelp("Where to write it; refuses to replace one.", valueName: "directory"))
        var directory: String

        @Option(
            help: ArgumentHelp("The cluster's identity.", valueName: "32 hexadecimal digits"),
            transform: CertificateCommand.cluster)
        var cluster: UniqueID

        func run() async throws { try Certificates.createAuthority(of: cluster, in: directory) }
    }

    /// `peerage certificate node`.
    struct NodeCertificate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "node", abstract: "Issue a node's certificate: node.pem, node-key.pem and ca.pem.")

        @Option(help: ArgumentHelp("Holds the authority.", valueName: "directory"))
        var directory: String

        @Option(
            help: ArgumentHelp("The cluster's identity.", valueName: "32 hexadecimal digits"),
            transform: CertificateCommand.cluster)
        var cluster: UniqueID

        @Option(help: ArgumentHelp("The node's site.", valueName: "name"), transform: { try SiteName($0) })
        var site: SiteName

        @Option(help: ArgumentHelp("The node's name.", valueName: "name"), transform: { try NodeName($0) })
        var node: NodeName

        @Option(
            name: .customLong("host"),
            help: ArgumentHelp("A host name or address that clients use; may be repeated.", valueName: "host"))
        var hosts: [String]

        @Option(
            name: [.customShort("o"), .customLong("output")],
            help: ArgumentHelp("Where to write it; what is there is replaced.", valueName: "directory"))
        var output: String

        func run() async throws {
            try Certificates.issue(
                cluster: cluster, site: site, node: node, hosts: hosts, by: directory, to: output)
        }
    }

    private static func cluster(_ text: String) throws -> UniqueID {
        guard let id = UniqueID(text) else { throw ValidationError("A cluster's identity has 32 hexadecimal digits.") }
        return id
    }
}
