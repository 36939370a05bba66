import Crypto
import Foundation
package import Models
import SwiftASN1
import X509

/// The cluster's own authority: it issues the certificates by which nodes know each other, and which clients trust.
///
/// What it does not do: revoke. A node is shut out by removing its member; its certificate alone admits nobody.
package struct CertificateAuthority: Sendable {
    /// Days an authority lasts: ten years, for replacing it needs every node's and client's attention.
    package static let standardDays = 3_652
    /// Days a node's certificate lasts: a year and a month, so that a yearly renewal may be late.
    package static let standardNodeDays = 397
    /// Certificates are valid from a little before their issue: the clocks of a cluster differ.
    private static let backdate: TimeInterval = 300

    private let certificate: Certificate
    private let key: Certificate.PrivateKey
    /// The authority's certificate, in PEM: every node and client has it.
    package let certificatePEM: String
    /// Its key, in PEM: only who issues certificates has it.
    package let keyPEM: String

    /// Makes the authority of `cluster`, valid from `now` on.
    package init(cluster: UniqueID, now: Timestamp = PeerNetwork.wallClock(), days: Int = standardDays)
        throws(PeerError)
    {
        let key = P256.Signing.PrivateKey()
        self = try Self.issuing { () throws in
            let signer = Certificate.PrivateKey(key)
            let subject = try DistinguishedName { CommonName("Peerage cluster \(cluster)") }
            let certificate = try Certificate(
                version: .v3, serialNumber: .init(), publicKey: signer.publicKey,
                notValidBefore: Self.start(now), notValidAfter: Self.end(now, days: days), issuer: subject,
                subject: subject,
                extensions: Certificate.Extensions {
                    Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                    Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                    SubjectKeyIdentifier(hash: signer.publicKey)
                },
                issuerPrivateKey: signer)
            return try CertificateAuthority(certificate: certificate, key: key)
        }
    }

    /// Reads an authority from PEM.
    package init(certificatePEM: String, keyPEM: String) throws(PeerError) {
        do {
            certificate = try Certificate(pemEncoded: certificatePEM)
            key = try Certificate.PrivateKey(pemEncoded: keyPEM)
        } catch {
            throw .credentials("the authority's certificate or key cannot be read: \(error)")
        }
        guard key.publicKey == certificate.publicKey else {
            throw .credentials("the authority's key does not belong to its certificate")
        }
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
    }

    /// Reads `ca.pem` and `ca-key.pem` from `directory`.
    package init(directory: String) throws(PeerError) {
        try self.init(
            certificatePEM: SmallFile.read(directory + "/ca.pem"), keyPEM: SmallFile.read(directory + "/ca-key.pem"))
    }

    /// Writes `ca.pem` and `ca-key.pem` into `directory`, which must exist; only their owner may read the key. Never
    /// replaces an authority: with its key goes every certificate of the cluster.
    package func write(to directory: String) throws(PeerError) {
        try SmallFile.write(keyPEM, to: directory + "/ca-key.pem", mode: 0o600, replaces: false)
        try SmallFile.write(certificatePEM, to: directory + "/ca.pem", mode: 0o644, replaces: false)
    }

    private init(certificate: Certificate, key: P256.Signing.PrivateKey) throws {
        self.certificate = certificate
        self.key = Certificate.PrivateKey(key)
        certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
        keyPEM = key.pemRepresentation + "\n"
    }

    /// Issues a certificate with a new key to the node `identity`. Clients may reach it under any of `hosts` (names and
    /// IP addresses) besides `localhost`, `127.0.0.1` and `::1`.
    package func issue(
        _ identity: PeerIdentity, hosts: [String] = [], now: Timestamp = PeerNetwork.wallClock(),
        days: Int = standardNodeDays
    ) throws(PeerError) -> NodeCertificate {
        let key = P256.Signing.PrivateKey()
        return try Self.issuing { () throws in
            let issued = try Certificate(
                version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey),
                notValidBefore: Self.start(now), notValidAfter: Self.end(now, days: days),
                issuer: certificate.subject,
                subject: DistinguishedName { CommonName(identity.node.text) },
                extensions: try extensions(for: identity, hosts: hosts, key: .init(key.publicKey)),
                issuerPrivateKey: self.key)
            return NodeCertificate(
                certificatePEM: try issued.serializeAsPEM().pemString + "\n", keyPEM: key.pemRepresentation + "\n")
        }
    }

    /// Issues a certificate as the other `issue` does, and writes `node.pem`, `node-key.pem` and `ca.pem` into
    /// `directory`, which must exist; only their owner may read the key. An older certificate there is replaced.
    package func issue(
        _ identity: PeerIdentity, hosts: [String] = [], now: Timestamp = PeerNetwork.wallClock(),
        days: Int = standardNodeDays, to directory: String
    ) throws(PeerError) {
        let issued = try issue(identity, hosts: hosts, now: now, days: days)
        try SmallFile.write(issued.keyPEM, to: directory + "/node-key.pem", mode: 0o600, replaces: true)
        try SmallFile.write(issued.certificatePEM, to: directory + "/node.pem", mode: 0o644, replaces: true)
        try SmallFile.write(certificatePEM, to: directory + "/ca.pem", mode: 0o644, replaces: true)
    }

    /// Issues a certificate for the key that signed `signingRequest` (PKCS #10, PEM). What names the request asks for
    /// is of no interest: `identity` and `hosts` are what the cluster knows. Throws `credentials` when the request does
    /// not hold its own key.
    package func issue(
        _ identity: PeerIdentity, hosts: [String], signingRequest: String,
        now: Timestamp = PeerNetwork.wallClock(), days: Int = standardNodeDays
    ) throws(PeerError) -> (certificatePEM: String, publicKey: [UInt8]) {
        try Self.issuing { () throws in
            let request = try CertificateSigningRequest(pemEncoded: signingRequest)
            guard request.publicKey.isValidSignature(request.signature, for: request) else {
                throw PeerError.credentials("the signing request is not signed by its key")
            }
            let issued = try Certificate(
                version: .v3, serialNumber: .init(), publicKey: request.publicKey, notValidBefore: Self.start(now),
                notValidAfter: Self.end(now, days: days), issuer: certificate.subject,
                subject: DistinguishedName { CommonName(identity.node.text) },
                extensions: try extensions(for: identity, hosts: hosts, key: request.publicKey),
                issuerPrivateKey: key)
            return (
                try issued.serializeAsPEM().pemString + "\n", Array(request.publicKey.subjectPublicKeyInfoBytes)
            )
        }
    }

    private func extensions(for identity: PeerIdentity, hosts: [String], key: Certificate.PublicKey) throws
        -> Certificate.Extensions
    {
        let names = [.uniformResourceIdentifier(identity.uri)] + AlternativeNames.of(hosts: hosts)
        return try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: true))
            try ExtendedKeyUsage([.serverAuth, .clientAuth])
            SubjectAlternativeNames(names)
            SubjectKeyIdentifier(hash: key)
            AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: certificate.publicKey).keyIdentifier)
        }
    }

    private static func issuing<Value>(_ body: () throws -> Value) throws(PeerError) -> Value {
        do { return try body() } catch { throw .credentials("a certificate cannot be issued: \(error)") }
    }

    private static func start(_ now: Timestamp) -> Date { Date(now) - backdate }

    private static func end(_ now: Timestamp, days: Int) -> Date { Date(now) + Double(days) * 86_400 }
}

/// A node's certificate and its key, in PEM.
package struct NodeCertificate: Sendable {
    /// The certificate.
    package let certificatePEM: String
    /// Its key.
    package let keyPEM: String
}

/// The names under which clients reach a node.
enum AlternativeNames {
    private static let everywhere = ["localhost", "127.0.0.1", "::1"]

    /// Those of `hosts` and of the node itself, each once.
    static func of(hosts: [String]) -> [GeneralName] {
        let more = hosts.filter { !everywhere.contains($0) }
        return (everywhere + more).reduce(into: []) { names, host in
            let name = name(of: host)
            if !names.contains(name) { names.append(name) }
        }
    }

    private static func name(of host: String) -> GeneralName {
        let bytes = bytes(of: host, family: AF_INET, count: 4) ?? bytes(of: host, family: AF_INET6, count: 16)
        guard let bytes else { return .dnsName(host) }
        return .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
    }

    private static func bytes(of address: String, family: Int32, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        return inet_pton(family, address, &bytes) == 1 ? bytes : nil
    }
}

extension Date {
    /// The same instant.
    init(_ timestamp: Timestamp) { self.init(timeIntervalSince1970: Double(timestamp.milliseconds) / 1_000) }
}

extension Timestamp {
    /// The same instant, to the millisecond.
    init(_ date: Date) { self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1_000).rounded())) }
}
