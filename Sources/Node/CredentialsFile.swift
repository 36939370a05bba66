import Foundation
import Logging
import Models
import NIOCertificateReloading
import NIOCore
import NIOSSL
import Peering
import Synchronization

/// A node's credentials, read anew when their files change: certificates and authorities are replaced without a
/// restart.
///
/// What is open stays open; what is made from now on uses the new ones. Files that cannot be used are told of once, and
/// the old credentials stay (faults-and-abuse.md, 60).
final class CredentialsFile: CertificateReloader, Sendable {
    private struct State {
        var credentials: PeerCredentials
        var authority: String
        var stamp: [Date]
    }

    /// How often the files are looked at: a rotation is done in seconds, and a look costs three `stat` calls.
    private static let pace: Duration = .seconds(2)

    private let directory: String
    private let state: Mutex<State>

    /// The credentials in `directory`.
    init(directory: String) throws {
        self.directory = directory
        // First the times, then the files: what changes in between is seen as news.
        let stamp = Self.stamp(directory)
        state = Mutex(
            State(
                credentials: try PeerCredentials(directory: directory), authority: try Self.authority(directory),
                stamp: stamp))
    }

    /// Those in force.
    var current: PeerCredentials { state.withLock(\.credentials) }

    /// The authorities in force, in PEM.
    var authorityPEM: String { state.withLock(\.authority) }

    /// The certificate in force and its key.
    var sslContextConfigurationOverride: NIOSSLContextConfigurationOverride {
        let inForce = current.apiConfiguration
        var override = NIOSSLContextConfigurationOverride()
        override.certificateChain = inForce.certificateChain
        override.privateKey = inForce.privateKey
        return override
    }

    /// TLS for clients of the API: each handshake uses the certificate in force.
    var apiConfiguration: TLSConfiguration {
        var configuration = current.apiConfiguration
        configuration.sslContextCallback = { [self] _, promise in promise.succeed(sslContextConfigurationOverride) }
        return configuration
    }

    /// Looks at the files until the task is cancelled; `renew` hears of each new set, and may refuse it.
    func watch(_ logger: Logger, renew: (PeerCredentials) throws -> Void) async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: Self.pace) } catch { return }
            let stamp = Self.stamp(directory)
            guard state.withLock({ $0.stamp }) != stamp else { continue }
            do {
                let fresh = try PeerCredentials(directory: directory)
                let authority = try Self.authority(directory)
                try renew(fresh)
                state.withLock { $0 = State(credentials: fresh, authority: authority, stamp: stamp) }
                logger.notice("the certificate was replaced; the new one expires at \(fresh.expires)")
            } catch {
                state.withLock { $0.stamp = stamp }
                logger.error("the new certificate is not used, the old one stays: \(error)")
            }
        }
    }

    private static func authority(_ directory: String) throws -> String {
        try String(contentsOfFile: directory + "/ca.pem", encoding: .utf8)
    }

    /// When each file was last changed; the distant past for one that cannot be seen.
    private static func stamp(_ directory: String) -> [Date] {
        ["node.pem", "node-key.pem", "ca.pem"].map { name in
            do {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(directory)/\(name)")
                return attributes[.modificationDate] as? Date ?? .distantPast
            } catch {
                return .distantPast
            }
        }
    }
}
