package import Models

/// A file that is coming in, as it was announced: who uploads it, where to, and what it shall be.
package struct AnnouncedFile: Hashable, Sendable, CanonicalCodable {
    /// The project it is uploaded to.
    package let project: ProjectName
    /// Who uploads it.
    package let principal: PrincipalName
    /// SHA-256 of the file, as announced.
    package let sha256: Digest
    /// Bytes of the file, as announced.
    package let size: UInt64

    /// A file of these announcements.
    package init(project: ProjectName, principal: PrincipalName, sha256: Digest, size: UInt64) {
        self.project = project
        self.principal = principal
        self.sha256 = sha256
        self.size = size
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(project)
        writer.write(principal)
        writer.write(sha256)
        writer.write(size)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "announced file", known: 1...1)
        project = try reader.read()
        principal = try reader.read()
        sha256 = try reader.read()
        size = try reader.readInteger()
    }
}
