import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// A three-member etcd on loopback with the same certificates: the peer that everybody knows.
///
/// It is asked through its JSON gateway over HTTPS, as Peerage is, so that both are asked alike; its native gRPC is
/// faster.
final class EtcdCluster {
    let urls: [String]
    private var processes: [BenchProcess] = []

    /// Starts etcd; nil when it is not installed.
    init?(cluster: BenchCluster, directory: URL) throws {
        let paths = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let found = paths.map { URL(filePath: String($0)).appending(path: "etcd") }
            .first { FileManager.default.isExecutableFile(atPath: $0.path) }
        guard let etcd = found else { return nil }
        let ports = try freePorts(6)
        urls = (0..<3).map { "https://127.0.0.1:\(ports[2 * $0])" }
        let peers = (0..<3).map { "https://127.0.0.1:\(ports[2 * $0 + 1])" }
        let members = zip(0..., peers).map { "m\($0)=\($1)" }.joined(separator: ",")
        for (position, site) in cluster.sites.enumerated() {
            let home = directory.appending(path: "m\(position)")
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
            let certificates = cluster.certificates(of: site)
            let (node, key) = (
                certificates.appending(path: "node.pem").path, certificates.appending(path: "node-key.pem").path
            )
            let options = [
                "name": "m\(position)", "data-dir": home.appending(path: "data").path,
                "listen-client-urls": urls[position], "advertise-client-urls": urls[position],
                "listen-peer-urls": peers[position], "initial-advertise-peer-urls": peers[position],
                "initial-cluster": members, "initial-cluster-state": "new", "cert-file": node, "key-file": key,
                "peer-cert-file": node, "peer-key-file": key,
                "peer-trusted-ca-file": cluster.authority.path, "peer-client-cert-auth": "true", "logger": "zap",
                "log-level": "error",
            ]
            processes.append(
                try BenchProcess(
                    etcd, options.map { "--\($0.key)=\($0.value)" }, log: home.appending(path: "log")))
        }
    }

    /// Returns when it takes a write.
    func waitUntilReady(_ client: HTTPClient) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            do {
                let answer = try await client.execute(put("ready", value: "yes", at: 0), timeout: .seconds(2))
                if answer.status == .ok { return }
            } catch {
                // Nobody listens yet.
                try await Task.sleep(for: .milliseconds(20))
            }
        }
        throw BenchFailure(
            "etcd takes no writes after a minute:\n\(processes.map(\.lastWords).joined(separator: "\n"))")
    }

    /// A write of `value`, through the member at `position`.
    func put(_ key: String, value: String, at position: Int) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "\(urls[position])/v3/kv/put")
        request.method = .POST
        let (key, value) = (Data(key.utf8).base64EncodedString(), Data(value.utf8).base64EncodedString())
        request.body = .bytes(ByteBuffer(string: #"{"key":"\#(key)","value":"\#(value)"}"#))
        return request
    }

    /// Resident memory of each member, in bytes, at most so far.
    var memory: [Double] { processes.map(\.memory.most) }

    func stop() { for process in processes where process.isRunning { process.kill() } }
}
