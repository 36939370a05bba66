import Crypto
import Foundation
import SwiftASN1
import X509

/// A node's own key, and its request for a certificate (PKCS #10): the key never leaves the node.
package enum SigningRequest {
    /// The request for the key in `keyFile`, in PEM. The key is made when there is none; only its owner may read it.
    package static func make(keyFile: String) throws(PeerError) -> String {
        if !FileManager.default.fileExists(atPath: keyFile) {
            let fresh = P256.Signing.PrivateKey()
            try SmallFile.write(fresh.pemRepresentation + "\n", to: keyFile, mode: 0o600, replaces: false)
        }
        let text = try SmallFile.read(keyFile)
        do {
            let key = try Certificate.PrivateKey(pemEncoded: text)
            let request = try CertificateSigningRequest(
                version: .v1, subject: DistinguishedName(), privateKey: key, attributes: .init(),
                signatureAlgorithm: .ecdsaWithSHA256)
            return try request.serializeAsPEM().pemString + "\n"
        } catch {
            throw .credentials("a certificate cannot be asked for with \(keyFile): \(error)")
        }
    }
}
