import Configuration
import Foundation
import Logging
import Metrics
import Models
import NIOPosix
import NIOSSL
import Peering
import Storage
import StoragePacks
import StorageS3
import Synchronization

/// Where packs go that the disk shall not hold, by the configuration.
package struct ObjectSettings: Sendable {
    let endpoint: URL
    let bucket: String
    let region: String
    let certificateAuthority: String?
    let accessKey: String
    let secretKey: String
    let sessionToken: String?
    /// Bytes of packs that the disk may hold; nil for all of them.
    let keptBytes: Int?

    /// nil when no endpoint is named.
    init?(_ reader: ConfigReader, _ environment: [String: String]) throws {
        guard let text = reader.string(forKey: "object-endpoint") else {
            let others = ["object-bucket", "object-region", "object-certificate-authority", "object-cache-gigabytes"]
            if let other = others.first(where: { reader.string(forKey: ConfigKey($0)) != nil }) {
                throw NodeConfiguration.Invalid("--\(other) says nothing without --object-endpoint")
            }
            return nil
        }
        guard let endpoint = URL(string: text), ["http", "https"].contains(endpoint.scheme), endpoint.host() != nil,
            ["", "/"].contains(endpoint.path()), endpoint.user() == nil, endpoint.query() == nil
        else { throw NodeConfiguration.Invalid("--object-endpoint is https://HOST[:PORT] and no more") }
        guard let bucket = reader.string(forKey: "object-bucket"), !bucket.isEmpty else {
            throw NodeConfiguration.Invalid("with --object-endpoint also give --object-bucket")
        }
        // Never by a flag: everyone on the machine sees those.
        guard
            let accessKey = reader.string(forKey: "object-access-key") ?? environment["AWS_ACCESS_KEY_ID"],
            let secretKey = reader.string(forKey: "object-secret-key", isSecret: true)
                ?? environment["AWS_SECRET_ACCESS_KEY"]
        else {
            throw NodeConfiguration.Invalid(
                "the object store wants PEERAGE_OBJECT_ACCESS_KEY and PEERAGE_OBJECT_SECRET_KEY in the environment, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            )
        }
        self.endpoint = endpoint
        self.bucket = bucket
        self.accessKey = accessKey
        self.secretKey = secretKey
        // It belongs to the other variables of its kind.
        sessionToken = accessKey == environment["AWS_ACCESS_KEY_ID"] ? environment["AWS_SESSION_TOKEN"] : nil
        region = reader.string(forKey: "object-region", default: "us-east-1")
        certificateAuthority = reader.string(forKey: "object-certificate-authority")
        if let certificateAuthority {
            do { _ = try NIOSSLCertificate.fromPEMFile(certificateAuthority) } catch {
                throw NodeConfiguration.Invalid(
                    "--object-certificate-authority: no certificate can be read from \(certificateAuthority): \(error)")
            }
        }
        let cache = reader.string(forKey: "object-cache-gigabytes", default: "50")
        if cache == "all" {
            keptBytes = nil
        } else {
            guard let gigabytes = Double(cache), (0...1_000_000).contains(gigabytes) else {
                throw NodeConfiguration.Invalid("--object-cache-gigabytes is a number or “all”, not “\(cache)”")
            }
            keptBytes = Int(gigabytes * 1e9)
        }
    }

    /// The part of the bucket that is this node's alone.
    func store(for place: Place) throws(StorageError) -> S3ObjectStore {
        try S3ObjectStore(
            S3Configuration(
                endpoint: endpoint, bucket: bucket, region: region, prefix: prefix(for: place), accessKey: accessKey,
                secretKey: secretKey, sessionToken: sessionToken, certificateAuthority: certificateAuthority))
    }

    /// Where that is, for people.
    func address(for place: Place) -> String {
        "\(endpoint.scheme ?? "")://\(endpoint.host() ?? "")\(endpoint.port.map { ":\($0)" } ?? "")/\(bucket)/\(prefix(for: place))"
    }

    private func prefix(for place: Place) -> String {
        "\(place.identity.cluster)/\(place.node.node)-\(place.node.member)/"
    }
}

/// The work beside requests that moves packs to the object store, and back.
struct ObjectMoving {
    let chunks: PackStore
    let objects: S3ObjectStore?
    let threads: NIOThreadPool
    let logger: Logger

    private static let pause: Duration = .seconds(5)
    private static let pauseAfterFailure: Duration = .seconds(30)

    /// Runs until its task is cancelled; does nothing without an object store.
    func run() async {
        guard let objects else { return }
        let mayGoOn = Mutex(true)
        await withTaskCancellationHandler {
            while !Task.isCancelled {
                var pause = Self.pause
                do {
                    let chunks = chunks
                    let count = try await threads.runIfActive {
                        try chunks.moveObjects(while: { mayGoOn.withLock { $0 } })
                    }
                    if count > 0 {
                        let left = chunks.remoteCount
                        logger.notice(
                            "\(count) packs moved between the disk and the object store, where \(left) lie now")
                    }
                    Gauge(label: "peerage_remote_packs").record(chunks.remoteCount)
                } catch {
                    logger.warning("not all packs move between the disk and the object store now: \(error)")
                    pause = Self.pauseAfterFailure
                }
                // Probe: cancelled is at the end.
                try? await Task.sleep(for: pause)
            }
        } onCancel: {
            mayGoOn.withLock { $0 = false }
            // The node hands leadership over only when this has ended.
            objects.stop()
        }
    }
}
