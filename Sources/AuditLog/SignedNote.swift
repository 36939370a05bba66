import Crypto
import Foundation
import Models

/// A public key that signs notes: C2SP signed-note, Ed25519.
package struct NoteKey: Hashable, Sendable, CustomStringConvertible {
    /// Whose it is: no spaces, no plus.
    package let name: String
    /// 32 bytes.
    package let publicKey: [UInt8]

    fileprivate static let ed25519: UInt8 = 1

    /// A key; nil for a name or a length that no key has.
    package init?(name: String, publicKey: [UInt8]) {
        guard !name.isEmpty, !name.contains(where: { $0.isWhitespace || $0 == "+" }), publicKey.count == 32 else {
            return nil
        }
        self.name = name
        self.publicKey = publicKey
    }

    /// Reads `name+id+key`, as `description` writes it; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Data(base64Encoded: String(parts[2])), bytes.first == Self.ed25519 else {
            return nil
        }
        self.init(name: String(parts[0]), publicKey: Array(bytes.dropFirst()))
        guard Hexadecimal.encode(id) == parts[1] else { return nil }
    }

    /// Four bytes by which signatures name it.
    package var id: [UInt8] {
        Array(Digest(of: Array(name.utf8) + [0x0A, Self.ed25519] + publicKey).bytes.prefix(4))
    }

    /// `name+id+key`: the verifier key of the specification.
    package var description: String {
        "\(name)+\(Hexadecimal.encode(id))+\(Data([Self.ed25519] + publicKey).base64EncodedString())"
    }

    /// Whether it signed `text` so.
    package func isSigned(_ text: String, by signature: SignedNote.Signature) -> Bool {
        guard signature.name == name, signature.keyID == id else { return false }
        // Probe: bytes that are no key have signed nothing.
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return key.isValidSignature(signature.bytes, for: Data(text.utf8))
    }
}

/// A private key that signs notes.
package struct NoteSigner: Sendable {
    /// The public key.
    package let key: NoteKey
    private let privateKey: Curve25519.Signing.PrivateKey

    private static let prefix = "PRIVATE+KEY+"

    /// A new key; nil for a name that no key has.
    package init?(drawnFor name: String) { self.init(name: name, Curve25519.Signing.PrivateKey()) }

    private init?(name: String, _ privateKey: Curve25519.Signing.PrivateKey) {
        guard let key = NoteKey(name: name, publicKey: Array(privateKey.publicKey.rawRepresentation)) else {
            return nil
        }
        self.key = key
        self.privateKey = privateKey
    }

    /// Reads `PRIVATE+KEY+name+id+base64`, as `secret` writes it; nil for anything else.
    package init?(secret: String) {
        guard secret.hasPrefix(Self.prefix) else { return nil }
        let parts = secret.dropFirst(Self.prefix.count).split(separator: "+", maxSplits: 2)
        // Probe: bytes that are no key are nil, as everything else that is none.
        guard parts.count == 3, let bytes = Data(base64Encoded: String(parts[2])), bytes.first == NoteKey.ed25519,
            let privateKey = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes.dropFirst())
        else { return nil }
        self.init(name: String(parts[0]), privateKey)
        guard Hexadecimal.encode(key.id) == parts[1] else { return nil }
    }

    /// `PRIVATE+KEY+name+id+base64`: the signer key of the specification. Whoever has it signs as its owner.
    package var secret: String {
        let bytes = Data([NoteKey.ed25519] + privateKey.rawRepresentation).base64EncodedString()
        return "\(Self.prefix)\(key.name)+\(Hexadecimal.encode(key.id))+\(bytes)"
    }

    /// The signature under `text`.
    package func sign(_ text: String) throws -> SignedNote.Signature {
        SignedNote.Signature(by: key, bytes: Array(try privateKey.signature(for: Data(text.utf8))))
    }
}

/// A text and who signed it (C2SP signed-note): the text ends with a newline, then an empty line, then signatures.
package struct SignedNote: Hashable, Sendable {
    /// `— name base64(key id, signature)`.
    package struct Signature: Hashable, Sendable {
        /// Whose.
        package let name: String
        /// Four bytes.
        package let keyID: [UInt8]
        /// 64 bytes, of Ed25519.
        package let bytes: [UInt8]

        /// A signature by `key`.
        package init(by key: NoteKey, bytes: [UInt8]) {
            (name, keyID, self.bytes) = (key.name, key.id, bytes)
        }

        fileprivate init?(line: Substring) {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "—", !parts[1].isEmpty,
                let blob = Data(base64Encoded: String(parts[2])),
                blob.count > 4
            else { return nil }
            (name, keyID, bytes) = (String(parts[1]), Array(blob.prefix(4)), Array(blob.dropFirst(4)))
        }

        fileprivate var line: String { "— \(name) \(Data(keyID + bytes).base64EncodedString())\n" }
    }

    /// The most signatures that are read: each site's, and those of strangers.
    private static let mostSignatures = 100

    /// What is signed; ends with a newline.
    package let text: String
    /// By whom, in order.
    package var signatures: [Signature]

    /// A note.
    package init(text: String, signatures: [Signature]) {
        self.text = text
        self.signatures = signatures
    }

    /// Reads a note; nil for what is none.
    package init?(_ note: String) {
        guard note.utf8.count <= 1 << 20, let gap = note.range(of: "\n\n", options: .backwards) else { return nil }
        text = String(note[..<gap.lowerBound]) + "\n"
        signatures = []
        let lines = note[gap.upperBound...].split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.last?.isEmpty == true, 2...Self.mostSignatures + 1 ~= lines.count else { return nil }
        for line in lines.dropLast() {
            guard let signature = Signature(line: line) else { return nil }
            signatures.append(signature)
        }
    }

    /// The note as it is written.
    package var bytes: String { text + "\n" + signatures.map(\.line).joined() }
}
