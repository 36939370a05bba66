import Models
import Testing

@Suite struct IdentifiersTests {
    private static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @Test func aDigestIsTheSHA256OfTheStandard() {
        #expect(Digest(of: Array("abc".utf8)).description == Self.abc)
    }

    @Test(arguments: ["", "sha256:", "SHA256:"])
    func aDigestIsReadWithOrWithoutItsPrefix(prefix: String) {
        let digest = Digest(prefix + Self.abc.uppercased())
        #expect((digest?.description == Self.abc) == (prefix != "SHA256:"))
    }

    @Test(arguments: [
        "", "ba78", abc + "00", String(abc.dropLast()), String(abc.dropLast()) + "g", String(abc.dropLast()) + "é",
        "sha512:" + abc, abc + " ",
    ])
    func otherTextIsNoDigest(text: String) {
        #expect(Digest(text) == nil)
    }

    @Test func aUniqueIDHasSixteenBytes() throws {
        let id = try #require(UniqueID("000102030405060708090a0b0c0d0e0f"))
        #expect(id.bytes == Array(0..<16))
        #expect(id.description == "000102030405060708090a0b0c0d0e0f")
        #expect(try UniqueID(canonicalBytes: id.canonicalBytes) == id)
        #expect(UniqueID(bytes: [1]) == nil)
        #expect(UniqueID("00") == nil)
    }

    @Test func aChunksNameIsWrittenAsXetWritesIt() {
        let id = ChunkID(bytes: Array(0..<32))
        #expect(id.description == "0706050403020100" + "0f0e0d0c0b0a0908" + "1716151413121110" + "1f1e1d1c1b1a1918")
    }
}
