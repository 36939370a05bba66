import Models
import Testing

@testable import Chunking

@Suite("Names of chunks and pages")
struct ChunkHashTests {
    @Test("a chunk has the name that the Xet draft's test vector states")
    func draftVector() {
        let id = ChunkID(ofChunk: Array("Hello World!".utf8))
        #expect(id.description == "d8d408e608fb9ca213b9909a65d86d725f2de4d8d540324be8a363e7a6e228cb")
        #expect(hexadecimal(id.bytes) == "a29cfb08e608d4d8726dd8659a90b9134b3240d5d8e42d5fcb28e2a6e763a3e8")
    }

    @Test("a chunk has the name that the reference BLAKE3 gives under DATA_KEY", arguments: XetVectors.names)
    func referenceNames(length: Int, name: String) {
        #expect(ChunkID(ofChunk: counting(length)).description == name)
    }

    @Test("the page key is the BLAKE3 of its documented text")
    func pageKey() {
        #expect(
            hexadecimal(ChunkHash.pageKey) == "dbdfd12739607e171523f1cfd33464eb144b6695e6968c982f9fabaf28236d35")
    }

    @Test("F18: the same bytes have three names: as a chunk, as a page, and without a key")
    func domainsAreSeparate() {
        let bytes = ChunkPage(references: [ChunkReference(id: ChunkID(ofChunk: [1]), size: 1)]).canonicalBytes
        let names = [ChunkID(ofChunk: bytes), ChunkID(ofPage: bytes), ChunkID(bytes: BLAKE3.hash(bytes))]
        #expect(Set(names).count == 3)
    }

    @Test("F18: a chunk that holds a page's bytes is not that page, nor the page that chunk")
    func noChunkPassesForAPage() {
        let bytes = ChunkPage(references: [ChunkReference(id: ChunkID(ofChunk: [1]), size: 1)]).canonicalBytes
        #expect(!ChunkPage.isPage(bytes, named: ChunkID(ofChunk: bytes)))
        #expect(!ChunkHash.matches(bytes, ChunkID(ofPage: bytes)))
    }

    @Test("a chunk matches its name, and no longer with any one bit changed or its last byte gone")
    func damageIsNoticed() {
        let bytes = splitmix(seed: 5, count: 100)
        let id = ChunkID(ofChunk: bytes)
        #expect(ChunkHash.matches(bytes, id))
        #expect(bytes.withUnsafeBytes { ChunkHash.matches($0, id) })
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << (bit % 8)
            #expect(!ChunkHash.matches(damaged, id))
        }
        #expect(!ChunkHash.matches(Array(bytes.dropLast()), id))
    }
}
