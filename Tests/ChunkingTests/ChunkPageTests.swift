import Models
import Testing

@testable import Chunking

@Suite("ChunkPage")
struct ChunkPageTests {
    static let page = ChunkPage(references: [
        ChunkReference(id: ChunkID(bytes: Array(0..<32)), size: 131_072),
        ChunkReference(id: ChunkID(bytes: Array(32..<64)), size: 1),
    ])

    /// Version 1, for ever.
    static let versionOne =
        "0100000002"
        + "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" + "00020000"
        + "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f" + "00000001"

    /// A page of `sizes`, encoded without the checks of decoding.
    private func bytes(sizes: [UInt32], version: UInt8 = 1) -> [UInt8] {
        let references = sizes.map { ChunkReference(id: ChunkID(bytes: Array(repeating: 7, count: 32)), size: $0) }
        return [version] + ChunkPage(references: references).canonicalBytes.dropFirst()
    }

    @Test("a page's bytes and name are those of version 1")
    func golden() throws {
        let bytes = Self.page.canonicalBytes
        #expect(hexadecimal(bytes) == Self.versionOne)
        #expect(try ChunkPage(canonicalBytes: bytes) == Self.page)
        #expect(hexadecimal(Self.page.id.bytes) == "610fac0532212cd833c2b1c55eefd5e00014ce018eb4ad43b40bdc77088b5358")
        #expect(Self.page.size == 131_073)
    }

    @Test("a page is read by its reference")
    func named() throws {
        let reference = PageReference(id: Self.page.id, size: 131_073)
        #expect(try ChunkPage(Self.page.canonicalBytes, named: reference) == Self.page)
    }

    @Test("a page with any byte changed, gone or added is refused by its name")
    func damaged() {
        let bytes = Self.page.canonicalBytes
        let reference = PageReference(id: Self.page.id, size: Self.page.size)
        var variants = bytes.indices.map { Array(bytes[..<$0]) } + [bytes + [0]]
        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 0x40
            variants.append(changed)
        }
        for variant in variants {
            #expect(!ChunkPage.isPage(variant, named: reference.id))
            #expect(throws: PageError.notNamed(reference.id)) { try ChunkPage(variant, named: reference) }
        }
    }

    @Test("bytes cut short, or with some to spare, do not decode")
    func truncated() {
        let bytes = Self.page.canonicalBytes
        for end in bytes.indices {
            #expect(throws: CanonicalError.self) { try ChunkPage(canonicalBytes: Array(bytes[..<end])) }
        }
        #expect(throws: CanonicalError.trailingBytes(1)) { try ChunkPage(canonicalBytes: bytes + [0]) }
    }

    @Test("a page of an unknown version, of no chunks, of too many, or of impossible chunks does not decode")
    func impossible() {
        let limit = Limits.standard.referencesPerPage
        #expect(throws: CanonicalError.unknownVersion(type: "page", version: 2)) {
            try ChunkPage(canonicalBytes: bytes(sizes: [1], version: 2))
        }
        for sizes in [[], [0], [131_073], [1, .max], Array(repeating: 1, count: limit + 1)] as [[UInt32]] {
            #expect(throws: CanonicalError.self) { try ChunkPage(canonicalBytes: bytes(sizes: sizes)) }
        }
        #expect(throws: Never.self) {
            try ChunkPage(canonicalBytes: bytes(sizes: Array(repeating: 131_072, count: limit)))
        }
    }

    @Test("bytes that hash to the name but are no page are called unreadable, not damaged")
    func unreadable() {
        let id = ChunkID(ofPage: [1, 2, 3])
        #expect(throws: PageError.unreadable(id, .truncated)) {
            try ChunkPage([1, 2, 3], named: PageReference(id: id, size: 1))
        }
    }

    @Test("a page whose chunks do not add up to the size its file states is refused")
    func wrongSize() {
        #expect(throws: PageError.wrongSize(Self.page.id, stated: 5, held: 131_073)) {
            try ChunkPage(Self.page.canonicalBytes, named: PageReference(id: Self.page.id, size: 5))
        }
    }
}
