package import Models

/// A peer is about to sign a checkpoint of the audit log, and asks who else finds the log so.
package struct WitnessRequest: Hashable, Sendable, CanonicalCodable {
    /// The index of the log's entry up to which the audit log has `size` records.
    package let index: UInt64
    /// How many records it has.
    package let size: UInt64
    /// The hash of the tree over them.
    package let root: Digest

    /// A request.
    package init(index: UInt64, size: UInt64, root: Digest) {
        self.index = index
        self.size = size
        self.root = root
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(index)
        writer.write(size)
        writer.write(root)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "request for a witness", known: 1...1)
        index = try reader.readInteger()
        size = try reader.readInteger()
        root = try reader.read()
    }
}

/// A node finds the audit log as it was told, and signed that.
package struct Witnessed: Hashable, Sendable, CanonicalCodable {
    /// The key it signed with, as verifiers read it.
    package let key: String
    /// Its signature of the checkpoint's text.
    package let signature: [UInt8]

    /// A signature.
    package init(key: String, signature: [UInt8]) {
        self.key = key
        self.signature = signature
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(key)
        writer.write(signature)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "witness", known: 1...1)
        key = try reader.readString()
        signature = try reader.readBytes()
    }
}
