import AsyncHTTPClient
import Crypto
import Foundation
import Models
import NIOCore
import NIOHTTP1
import NIOSSL
import PeerageClient

/// Three nodes in three sites on loopback, with certificates and a token of their own.
final class BenchCluster {
    struct Site {
        let name: String
        let node: String
        let directory: URL
        let url: URL
    }

    let sites: [Site]
    let token: String
    let authority: URL
    private let peerage: URL
    private let directory: URL
    private let id: String
    private(set) var processes: [BenchProcess] = []

    /// Directories, topology and certificates; nothing runs yet.
    init(peerage: URL, directory: URL) throws {
        self.peerage = peerage
        self.directory = directory
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let ports = try freePorts(6)
        sites = zip(["north", "south", "west"], 0...).map { name, position in
            Site(
                name: name, node: "\(name)-1", directory: directory.appending(path: name),
                url: Self.url(port: ports[2 * position]))
        }
        var generator = SystemRandomNumberGenerator()
        id = UniqueID(using: &generator).description
        token = "peerage_\(UniqueID(using: &generator))"
        authority = directory.appending(path: "ca/ca.pem")
        try writeFiles(ports)
    }

    private static func url(port: Int) -> URL {
        var components = URLComponents()
        (components.scheme, components.host, components.port) = ("https", "127.0.0.1", port)
        return components.url ?? URL(filePath: "/")
    }

    private func writeFiles(_ ports: [Int]) throws {
        let nodes = sites.indices.map { position -> [String: Any] in
            let api: [String: Any] = ["host": "127.0.0.1", "port": ports[2 * position]]
            let peer: [String: Any] = ["host": "127.0.0.1", "port": ports[2 * position + 1]]
            let site = sites[position]
            return [
                "member": position + 1, "node": site.node, "site": site.name, "voter": true, "api": api, "peer": peer,
            ]
        }
        let topology = try JSONSerialization.data(withJSONObject: ["name": "bench", "nodes": nodes])
        try topology.write(to: directory.appending(path: "topology.json"))
        let digest = Digest(of: Array(token.utf8)).description
        try Data(digest.utf8).write(to: directory.appending(path: "token.sha256"))
        let log = directory.appending(path: "certificates.log")
        let ca = authority.deletingLastPathComponent().path
        try BenchProcess.run(peerage, ["certificate", "authority", "--directory", ca, "--cluster", id], log: log)
        for site in sites {
            try BenchProcess.run(
                peerage,
                [
                    "certificate", "node", "--directory", ca, "--cluster", id, "--site", site.name, "--node",
                    site.node, "--host", "127.0.0.1", "-o", certificates(of: site).path,
                ], log: log)
        }
    }

    func certificates(of site: Site) -> URL { site.directory.appending(path: "certificates") }

    /// Starts all nodes, or the one at `position`.
    func start(_ position: Int? = nil) throws {
        if let position {
            processes[position] = try launch(sites[position])
        } else {
            processes = try sites.map(launch)
        }
    }

    private func launch(_ site: Site) throws -> BenchProcess {
        try BenchProcess(
            peerage,
            [
                "serve", "--topology", directory.appending(path: "topology.json").path, "--cluster", id, "--node",
                site.node, "--data", site.directory.appending(path: "data").path, "--certificates",
                certificates(of: site).path, "--administrator-token-digest-file",
                directory.appending(path: "token.sha256").path,
            ], log: site.directory.appending(path: "log"))
    }

    /// Returns when the node at `position` answers that it is ready; throws when it ends first.
    func waitUntilReady(_ position: Int, _ client: HTTPClient) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            guard processes[position].isRunning else {
                throw BenchFailure("\(sites[position].node) ended:\n\(processes[position].lastWords)")
            }
            do {
                let request = HTTPClientRequest(url: sites[position].url.absoluteString + "/readyz")
                if try await client.execute(request, timeout: .milliseconds(500)).status == .ok { return }
            } catch {
                // Nobody listens yet.
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        throw BenchFailure("\(sites[position].node) is not ready after a minute:\n\(processes[position].lastWords)")
    }

    /// Ends what runs.
    func stop() {
        for process in processes where process.isRunning { process.kill() }
        processes = []
    }

    /// Processor time of all nodes so far, in seconds.
    var processorSeconds: Double { processes.reduce(0) { $0 + $1.processorSeconds } }

    /// HTTPS that trusts this cluster alone, over as many connections as there are callers.
    func httpClient() throws -> HTTPClient {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority.path))
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 128
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    /// The SDK, beginning at `site`.
    func sdk(_ site: Site) -> ClientConfiguration {
        ClientConfiguration(servers: [site.url], token: token, certificateAuthority: authority)
    }
}
