import Foundation
package import Models
package import NIOSSL
import SwiftASN1
import X509

/// What a node shows to its peers, and by what it judges theirs: certificate, key and the cluster's authority.
///
/// The chain is verified by NIOSSL against the authority alone, never the system's; who the certificate names is
/// checked by the link before anything else is read.
package struct PeerCredentials: Sendable {
    /// Who the certificate says this node is.
    package let identity: PeerIdentity
    /// When the certificate ends.
    package let expires: Timestamp
    /// TLS 1.3, for connections that this node makes.
    let client: NIOSSLContext
    /// TLS 1.3, for connections that peers make.
    let server: NIOSSLContext
    /// TLS for clients of the API: the same certificate, whose names and addresses they check; none is asked of them.
    package let apiConfiguration: TLSConfiguration
    private let authorities: [Certificate]

    /// Reads PEM files. The authority's file may hold several certificates, while one replaces another.
    package init(certificateFile: String, keyFile: String, authorityFile: String) throws(PeerError) {
        try self.init(
            certificatePEM: SmallFile.read(certificateFile), keyPEM: SmallFile.read(keyFile),
            authorityPEM: SmallFile.read(authorityFile))
    }

    /// Reads `node.pem`, `node-key.pem` and `ca.pem` from `directory`.
    package init(directory: String) throws(PeerError) {
        try self.init(
            certificateFile: directory + "/node.pem", keyFile: directory + "/node-key.pem",
            authorityFile: directory + "/ca.pem")
    }

    /// Takes PEM as it is: the certificate may be followed by others that lead to the authority.
    package init(certificatePEM: String, keyPEM: String, authorityPEM: String) throws(PeerError) {
        do {
            let certificate = try Certificate(pemEncoded: certificatePEM)
            guard try Certificate.PrivateKey(pemEncoded: keyPEM).publicKey == certificate.publicKey else {
                throw PeerError.credentials("the key does not belong to the certificate")
            }
            let authorities = try PEMDocument.parseMultiple(pemString: authorityPEM)
            self.authorities = try authorities.map { try Certificate(pemDocument: $0) }
            let shown = PeerCertificate(certificate)
            identity = try shown.identity()
            expires = shown.notAfter
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(certificatePEM.utf8))
            let key = try NIOSSLPrivateKey(bytes: Array(keyPEM.utf8), format: .pem)
            let roots = try NIOSSLCertificate.fromPEMBytes(Array(authorityPEM.utf8))
            apiConfiguration = .makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            client = try NIOSSLContext(
                configuration: Self.restrict(.makeClientConfiguration(), chain: chain, key: key, roots: roots))
            server = try NIOSSLContext(
                configuration: Self.restrict(
                    .makeServerConfiguration(certificateChain: [], privateKey: .privateKey(key)), chain: chain,
                    key: key, roots: roots))
        } catch let error as PeerError {
            if case .credentials = error { throw error }
            throw .credentials("\(error)")
        } catch {
            throw .credentials("\(error)")
        }
    }

    /// TLS 1.3 only; both ends show certificates; only the cluster's authority is trusted. Host names prove nothing
    /// here: the identity is compared instead.
    private static func restrict(
        _ configuration: TLSConfiguration, chain: [NIOSSLCertificate], key: NIOSSLPrivateKey,
        roots: [NIOSSLCertificate]
    ) -> TLSConfiguration {
        var configuration = configuration
        configuration.minimumTLSVersion = .tlsv13
        configuration.certificateChain = chain.map { .certificate($0) }
        configuration.privateKey = .privateKey(key)
        configuration.trustRoots = .certificates(roots)
        configuration.certificateVerification = .noHostnameVerification
        return configuration
    }

    /// What an operator should be told of the certificate's end at `now`: nil while it is more than 30 days away.
    package func expiryWarning(at now: Timestamp) -> String? {
        let days = Double(expires.milliseconds - now.milliseconds) / 86_400_000
        if days <= 0 {
            return "this node's certificate expired at \(expires): no new link can be made. Issue a new one"
        }
        guard days <= 30 else { return nil }
        return "this node's certificate expires at \(expires), in \(Int(days.rounded(.up))) days. Issue a new one"
    }

    /// Throws `credentials` when they are another node's.
    func check(isOf identity: PeerIdentity) throws(PeerError) {
        guard self.identity == identity else {
            throw .credentials("it is the certificate of \(self.identity), and this node is \(identity)")
        }
    }

    /// Whether one of the authorities signed `certificate`.
    func issued(_ certificate: Certificate) -> Bool {
        authorities.contains { $0.publicKey.isValidSignature(certificate.signature, for: certificate) }
    }
}

/// A peer's certificate, as far as links care.
struct PeerCertificate: Sendable {
    let certificate: Certificate

    init(_ certificate: Certificate) { self.certificate = certificate }

    /// Reads what NIOSSL was shown.
    init(_ shown: NIOSSLCertificate) throws(PeerError) {
        do { certificate = try Certificate(derEncoded: shown.toDERBytes()) } catch {
            throw .untrustedCertificate("it cannot be read: \(error)")
        }
    }

    var notBefore: Timestamp { Timestamp(certificate.notValidBefore) }
    var notAfter: Timestamp { Timestamp(certificate.notValidAfter) }

    /// The node that the certificate names: exactly one.
    func identity() throws(PeerError) -> PeerIdentity {
        let names: SubjectAlternativeNames?
        do { names = try certificate.extensions.subjectAlternativeNames } catch {
            throw .untrustedCertificate("its names cannot be read: \(error)")
        }
        let identities = (names ?? SubjectAlternativeNames([])).compactMap { name in
            if case .uniformResourceIdentifier(let uri) = name { PeerIdentity(uri: uri) } else { nil }
        }
        guard let identity = identities.first, identities.count == 1 else {
            throw .untrustedCertificate("it names \(identities.isEmpty ? "no node" : "several nodes")")
        }
        return identity
    }

    /// Throws when the certificate's time is over or has not come.
    func checkTime(at now: Timestamp) throws(PeerError) {
        if now > notAfter { throw .certificateExpired(subject, at: notAfter) }
        if now < notBefore { throw .certificateNotYetValid(subject, from: notBefore) }
    }

    /// Whose it is, for messages, whether or not it can be trusted.
    var subject: String {
        do { return try identity().uri } catch { return "“\(certificate.subject)”" }
    }
}
