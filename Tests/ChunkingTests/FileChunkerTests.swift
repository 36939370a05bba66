import Models
import Testing

@testable import Chunking

@Suite("FileChunker")
struct FileChunkerTests {
    private struct Full: Error {}

    @Test("an empty file has no chunk and no page, and the SHA-256 of nothing")
    func emptyFile() {
        let file = Chunked([])
        #expect(file.outputs.isEmpty)
        #expect(file.content == FileContent(size: 0, sha256: Digest(of: []), pages: []))
    }

    @Test("a file has the chunks that Hugging Face's client gives it")
    func officialChunks() {
        let file = Chunked(splitmix(seed: 1, count: 256_000))
        #expect(file.chunks.map(\.reference.id.description) == XetVectors.randomChunks.map(\.name))
        #expect(file.chunks.map { Int($0.reference.size) } == XetVectors.randomChunks.map(\.size))
    }

    @Test("the chunks joined are the file, and its size and SHA-256 are right", arguments: [1, 100, 8_192, 400_000])
    func chunksAreTheFile(count: Int) {
        let bytes = splitmix(seed: 2, count: count)
        let file = Chunked(bytes)
        #expect(file.chunks.flatMap(\.bytes) == bytes)
        #expect(file.chunks.allSatisfy { Int($0.reference.size) == $0.bytes.count })
        #expect(file.chunks.allSatisfy { ChunkHash.matches($0.bytes, $0.reference.id) })
        #expect(file.content.size == UInt64(count))
        #expect(file.content.sha256 == Digest(of: bytes))
    }

    @Test("slices of any size give the same chunks and pages", arguments: [1, 1_000, 8_191, 65_536, 131_073])
    func slicing(slice: Int) {
        let bytes = splitmix(seed: 4, count: 400_000)
        #expect(Chunked(bytes, slice: slice, referencesPerPage: 2) == Chunked(bytes, referencesPerPage: 2))
    }

    @Test("all ways to feed bytes are the same")
    func overloads() {
        let bytes = splitmix(seed: 4, count: 200_000)
        var chunker = FileChunker()
        chunker.append(bytes) { _ in }
        let byArray = chunker.finish { _ in }
        bytes.withUnsafeBytes { chunker.append($0) { _ in } }
        let byPointer = chunker.finish { _ in }
        #expect(byArray == byPointer)
        #expect(byArray == Chunked(bytes).content)
    }

    @Test("a page comes after its chunks, lists them in order, and only the last is short")
    func pages() throws {
        let file = Chunked(splitmix(seed: 0, count: 1_000_000), referencesPerPage: 4)
        #expect(file.chunks.count == 19)
        #expect(file.content.pages == file.pages.map(\.reference))
        var seen: [ChunkReference] = []
        var lengths: [Int] = []
        for output in file.outputs {
            switch output {
            case .chunk(let reference, _): seen.append(reference)
            case .page(let reference, let bytes):
                #expect(try ChunkPage(bytes, named: reference).references == seen)
                lengths.append(seen.count)
                seen = []
            }
        }
        #expect(seen.isEmpty)
        #expect(lengths == [4, 4, 4, 4, 3])
        #expect(file.content.pages.reduce(0) { $0 + $1.size } == 1_000_000)
    }

    @Test("a file whose chunks fill its pages exactly has no empty page")
    func exactPages() {
        let file = Chunked(splitmix(seed: 0, count: 1_000_000), referencesPerPage: 19)
        #expect(file.pages.count == 1)
        #expect(file.outputs.count == 20)
    }

    @Test("the standard page lists as many chunks as the limit says")
    func standardPage() throws {
        let chunks = Limits.standard.referencesPerPage + 1
        var chunker = FileChunker()
        var pages: [ChunkPage] = []
        let take: (ChunkerOutput) throws -> Void = { output in
            if case .page(let reference, let bytes) = output { pages.append(try ChunkPage(bytes, named: reference)) }
        }
        let smallest = [UInt8](repeating: 0, count: Boundaries.minimumBytes - 64) + XetVectors.match
        for _ in 0..<chunks { try chunker.append(smallest, emit: take) }
        let content = try chunker.finish(emit: take)
        #expect(pages.map(\.references.count) == [Limits.standard.referencesPerPage, 1])
        #expect(content.pages.map(\.size) == [UInt64(Limits.standard.referencesPerPage) << 13, 1 << 13])
    }

    @Test("what emit throws reaches the caller")
    func emitThrows() {
        var chunker = FileChunker()
        #expect(throws: Full.self) {
            try chunker.append(splitmix(seed: 0, count: 200_000)) { _ throws(Full) in throw Full() }
        }
    }

    @Test("a finished chunker is as new")
    func reuse() {
        var chunker = FileChunker()
        chunker.append([1, 2, 3]) { _ in }
        let first = chunker.finish { _ in }
        chunker.append([1, 2, 3]) { _ in }
        #expect(chunker.finish { _ in } == first)
    }

    @Test("a copy of a chunker goes on by itself")
    func copies() {
        let bytes = splitmix(seed: 1, count: 256_000)
        var chunker = FileChunker()
        chunker.append(bytes[..<100_000]) { _ in }
        var copy = chunker
        copy.append([9]) { _ in }
        _ = copy.finish { _ in }
        chunker.append(bytes[100_000...]) { _ in }
        #expect(chunker.finish { _ in } == Chunked(bytes).content)
    }
}
