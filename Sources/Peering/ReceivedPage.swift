package import Models

/// A page of a file that is still coming in at a node: others may fetch it, and the client may go on there if that node is
/// lost.
package struct ReceivedPage: Hashable, Sendable, CanonicalCodable {
    /// The file.
    package let file: AnnouncedFile
    /// How many pages of the file come before it.
    package let index: UInt64
    /// The page.
    package let page: PageReference

    /// Page number `index`, from 0, of `file`.
    package init(file: AnnouncedFile, index: UInt64, page: PageReference) {
        self.file = file
        self.index = index
        self.page = page
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(file)
        writer.write(index)
        writer.write(page)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "received page", known: 1...1)
        file = try reader.read()
        index = try reader.readInteger()
        page = try reader.read()
    }
}
