import Configuration
import Foundation
package import Models
package import Peering
package import RegistryService
import SystemPackage

/// How a node is to run. Each value comes from a flag, else `PEERAGE_…` in the environment, else the configuration
/// file.
package struct NodeConfiguration: Sendable {
    /// What is wrong with the configuration, in words for an operator.
    package struct Invalid: Error, CustomStringConvertible {
        /// One sentence.
        package let description: String

        package init(_ description: String) { self.description = description }
    }

    /// Where the node keeps everything.
    package let dataDirectory: String
    /// The cluster; nil for a cluster of one that this node founds by itself.
    package let cluster: Cluster?
    /// By what to join a cluster, when the data directory belongs to none yet.
    package let invitationFile: String?
    /// Where clients reach this node, when that is not as the topology or the data directory says.
    package let api: Topology.Address?
    /// Where clients reach the gRPC surface; nil for nowhere.
    package let grpc: Topology.Address?
    /// Where other nodes reach this node, likewise.
    package let peer: Topology.Address?
    /// Holds the cluster's authority with its key, on nodes that let others join.
    package let authorityDirectory: String?
    /// How long what is not registered is kept.
    package let keeping: Keeping
    /// What links to other nodes may take.
    package let peerLimits: PeerLimits
    /// In what time every stored chunk is read once, to find what has rotted; nil for never.
    package let scrubPeriod: Duration?
    /// Where packs go that the disk shall not hold; nil when it holds them all.
    package let objects: ObjectSettings?
    /// `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`.
    package let logLevel: String

    /// A node's place in a cluster that is described elsewhere.
    package struct Cluster: Sendable {
        /// The cluster's identity.
        package let id: UniqueID
        /// Its nodes.
        package let topology: Topology
        /// This node among them.
        package let node: Topology.Node
        /// Holds `ca.pem`, `node.pem` and `node-key.pem`.
        package let certificatesDirectory: String
        /// SHA-256 of the first administrator's token; needed until the cluster is established.
        package let administratorTokenDigest: Digest?
    }

    /// The configuration from `flags` (by key, without the prefix `peerage.`), the environment and `file`.
    package static func load(flags: [String: String], file: String?) async throws -> NodeConfiguration {
        var providers: [any ConfigProvider] = [
            InMemoryProvider(
                name: "flags",
                values: Dictionary(
                    uniqueKeysWithValues: flags.map {
                        (AbsoluteConfigKey(["peerage", $0.key]), ConfigValue(stringLiteral: $0.value))
                    })),
            EnvironmentVariablesProvider(),
        ]
        if let file { providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file))) }
        return try NodeConfiguration(ConfigReader(providers: providers).scoped(to: "peerage"))
    }

    private init(_ reader: ConfigReader) throws {
        dataDirectory = reader.string(forKey: "data", default: "peerage-data")
        logLevel = reader.string(forKey: "log-level", default: "notice")
        let scrubDays = try Self.number(reader, "scrub-days", default: 30, in: 0...3_650)
        scrubPeriod = scrubDays > 0 ? .seconds(scrubDays * 86_400) : nil
        let megabytes = try Self.number(reader, "stream-megabytes", default: 0, in: 0...100_000)
        var limits = PeerLimits.standard
        if megabytes > 0 { limits.streamBytesPerSecond = megabytes * 1e6 }
        peerLimits = limits
        let hours = try Self.number(reader, "collect-hours", default: 24, in: 0...8_760)
        let days = try Self.number(reader, "staged-days", default: 8, in: 0.000_1...365)
        keeping = Keeping(interval: hours > 0 ? .seconds(hours * 3_600) : nil, staged: .seconds(days * 86_400))
        objects = try ObjectSettings(reader, ProcessInfo.processInfo.environment)
        invitationFile = reader.string(forKey: "join")
        api = try reader.string(forKey: "api").map { try Self.address($0, "--api") }
        peer = try reader.string(forKey: "peer").map { try Self.address($0, "--peer") }
        grpc = try reader.string(forKey: "grpc").map { try Self.address($0, "--grpc") }
        authorityDirectory = reader.string(forKey: "authority")
        guard let path = reader.string(forKey: "topology") else {
            cluster = nil
            return
        }
        let topology = try Self.topology(at: path)
        guard let name = reader.string(forKey: "node"),
            let id = reader.string(forKey: "cluster").flatMap({ UniqueID($0) }),
            let certificates = reader.string(forKey: "certificates")
        else {
            throw Invalid(
                "with --topology also give --cluster (32 hexadecimal digits), --node (a name in the topology) and --certificates (a directory)"
            )
        }
        guard let node = topology.nodes.first(where: { $0.node.text == name }) else {
            let names = topology.nodes.map(\.node.text).joined(separator: ", ")
            throw Invalid("the topology \(path) has no node “\(name)”, only \(names)")
        }
        cluster = Cluster(
            id: id, topology: topology, node: node, certificatesDirectory: certificates,
            administratorTokenDigest: try reader.string(forKey: "administrator-token-digest-file").map(Self.digest))
    }

    private static func number(
        _ reader: ConfigReader, _ name: String, default standard: Double, in range: ClosedRange<Double>
    ) throws -> Double {
        guard let text = reader.string(forKey: ConfigKey(name)) else { return standard }
        guard let number = Double(text), range.contains(number) else {
            throw Invalid(
                "--\(name) is a number from \(range.lowerBound.formatted()) to \(range.upperBound.formatted()), not “\(text)”"
            )
        }
        return number
    }

    private static func address(_ text: String, _ option: String) throws -> Topology.Address {
        guard let address = Topology.Address(text) else {
            throw Invalid("\(option) is HOST:PORT, not “\(text)”")
        }
        return address
    }

    private static func topology(at path: String) throws -> Topology {
        let topology: Topology
        do {
            topology = try JSONDecoder().decode(Topology.self, from: Data(contentsOf: URL(filePath: path)))
        } catch {
            throw Invalid("the topology \(path) cannot be read: \(error)")
        }
        if let problem = topology.problem ?? topology.addressProblem {
            throw Invalid("the topology \(path) cannot be run: \(problem)")
        }
        return topology
    }

    private static func digest(inFile path: String) throws -> Digest {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw Invalid("the administrator's token digest \(path) cannot be read: \(error)")
        }
        // As sha256sum prints it: the digest, then the name of the file.
        guard let word = text.split(whereSeparator: \.isWhitespace).first, let digest = Digest(String(word)) else {
            throw Invalid("\(path) does not hold a SHA-256 digest of 64 hexadecimal digits")
        }
        return digest
    }
}
