import Models
import NIOSSL
import X509

/// Why a TLS handshake failed, as far as it can be known. Only for people: whether a link may open is TLS's verdict.
enum HandshakeFailure {
    /// Alerts by which the other end says what it found wrong with our certificate (RFC 8446 §6.2), in BoringSSL's
    /// words.
    private static let alerts: [(word: String, code: PeerError.TurnedAway, meaning: String)] = [
        ("ALERT_CERTIFICATE_EXPIRED", .certificateExpired, "this node's certificate expired, by the peer's clock"),
        ("ALERT_UNKNOWN_CA", .certificateUntrusted, "another authority than the peer's issued this node's certificate"),
        ("ALERT_BAD_CERTIFICATE", .certificateUntrusted, "the peer cannot use this node's certificate"),
        ("ALERT_CERTIFICATE_UNKNOWN", .certificateUntrusted, "the peer does not accept this node's certificate"),
        ("ALERT_CERTIFICATE_REQUIRED", .certificateUntrusted, "the peer saw no certificate"),
        ("ALERT_UNSUPPORTED_CERTIFICATE", .certificateUntrusted, "this node's certificate is not of a usable kind"),
        ("ALERT_DECRYPT_ERROR", .certificateUntrusted, "the peer could not verify this node's certificate"),
    ]

    /// What `error` means, given the certificate that the other end showed, if it did.
    static func judge(_ error: any Error, shown: PeerCertificate?, credentials: PeerCredentials, now: Timestamp)
        throws(PeerError) -> PeerError
    {
        let text = "\(error)"
        if let alert = alerts.first(where: { text.contains($0.word) }) { return .turnedAway(alert.code, alert.meaning) }
        if let shown {
            try shown.checkTime(at: now)
            guard credentials.issued(shown.certificate) else {
                return .untrustedCertificate("\(shown.subject) shows a certificate by “\(shown.certificate.issuer)”")
            }
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") { return .untrustedCertificate(shown?.subject ?? "unknown") }
        return .unreachable("the TLS handshake failed: \(text)")
    }
}
