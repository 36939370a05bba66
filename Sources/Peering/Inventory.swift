package import Models

/// Asks how much of some pages a peer holds.
package struct InventoryRequest: Hashable, Sendable, CanonicalCodable {
    /// The pages, each once.
    package let pages: [PageReference]
    /// Whether who asks relies on the answer, and lets go what the peer holds. Else what is removed just now may be counted.
    package let isReliedOn: Bool

    /// A question about `pages`.
    package init(pages: [PageReference], isReliedOn: Bool) {
        self.pages = pages
        self.isReliedOn = isReliedOn
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(list: pages)
        writer.write(isReliedOn)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "inventory request", known: 1...1)
        pages = try reader.readList()
        isReliedOn = try reader.readBool()
    }
}

/// How much of some pages a node holds, safely.
package struct Inventory: Hashable, Sendable, CanonicalCodable {
    /// Bytes of the chunks it holds.
    package var heldBytes: UInt64 = 0
    /// Bytes of all chunks.
    package var totalBytes: UInt64 = 0
    /// Whether it holds all of them and the pages themselves.
    package var isWhole = true

    /// Of no pages.
    package init() {}

    /// Counts another answer in.
    package static func += (sum: inout Inventory, other: Inventory) {
        sum.heldBytes += other.heldBytes
        sum.totalBytes += other.totalBytes
        sum.isWhole = sum.isWhole && other.isWhole
    }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(heldBytes)
        writer.write(totalBytes)
        writer.write(isWhole)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "inventory", known: 1...1)
        heldBytes = try reader.readInteger()
        totalBytes = try reader.readInteger()
        isWhole = try reader.readBool()
    }
}
