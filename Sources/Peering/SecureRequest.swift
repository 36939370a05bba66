package import Models

/// Asks a peer to fetch a file's bytes, keep them safely, and remember the file as uploaded.
package struct SecureRequest: Hashable, Sendable, CanonicalCodable {
    /// The project it was uploaded to.
    package let project: ProjectName
    /// Who uploaded it.
    package let principal: PrincipalName
    /// SHA-256 of the file: checked by the node that took it in.
    package let sha256: Digest
    /// Bytes of the file.
    package let size: UInt64
    /// The pages that list its chunks, in order.
    package let pages: [PageReference]
    /// The member that has all of it.
    package let source: UInt64

    /// A request to secure a file.
    package init(
        project: ProjectName, principal: PrincipalName, sha256: Digest, size: UInt64, pages: [PageReference],
        source: UInt64
    ) {
        self.project = project
        self.principal = principal
        self.sha256 = sha256
        self.size = size
        self.pages = pages
        self.source = source
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(project)
        writer.write(principal)
        writer.write(sha256)
        writer.write(size)
        writer.write(list: pages)
        writer.write(source)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "secure request", known: 1...1)
        project = try reader.read()
        principal = try reader.read()
        sha256 = try reader.read()
        size = try reader.readInteger()
        pages = try reader.readList()
        source = try reader.readInteger()
    }

    /// Whether the pages together hold exactly the file: what the pages say is checked when they are fetched.
    var sizesAddUp: Bool {
        var total: UInt64 = 0
        for page in pages {
            let (sum, overflow) = total.addingReportingOverflow(page.size)
            guard !overflow, page.size > 0 else { return false }
            total = sum
        }
        return total == size
    }
}

/// A node's word, given after fsync, that it holds everything a request named.
package struct Receipt: Hashable, Sendable, CanonicalCodable {
    /// The member that holds it.
    package let member: UInt64

    /// The word of `member`.
    package init(member: UInt64) { self.member = member }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(member)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "receipt", known: 1...1)
        member = try reader.readInteger()
    }
}
