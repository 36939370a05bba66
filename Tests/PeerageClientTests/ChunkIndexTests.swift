import Chunking
import Foundation
import Models
import NIOCore
import Testing

@testable import PeerageClient

@Suite("Chunks that are there already")
struct ChunkIndexTests {
    private func chunk(_ number: UInt8, _ size: UInt32 = 10) -> ChunkReference {
        ChunkReference(id: ChunkID(bytes: [UInt8](repeating: number, count: 32)), size: size)
    }

    private func file(_ path: String, _ size: UInt64) throws -> FileEntry {
        FileEntry(path: try FilePath(path), size: size, sha256: Digest(of: []), pages: [])
    }

    private func runs(_ chunks: [UInt8], _ index: ChunkIndex<Int>) -> FileRuns<Int> {
        chunks.reduce(into: FileRuns()) { $0.append(chunk($1), at: index[chunk($1)]) }
    }

    @Test("Runs that lie one behind the other elsewhere too are one; the first place of a chunk counts")
    func runs() {
        var index = ChunkIndex<Int>()
        for (position, number) in [UInt8]([1, 2, 3, 2]).enumerated() {
            index.add(chunk(number), in: 7, at: UInt64(position * 10))
        }
        index.add(chunk(3), in: 8, at: 0)
        let found = runs([9, 9, 1, 2, 3, 8, 3, 2], index)
        #expect(
            found.runs == [
                .init(range: 0..<20, source: nil), .init(range: 20..<50, source: .init(place: 7, offset: 0)),
                .init(range: 50..<60, source: nil), .init(range: 60..<70, source: .init(place: 7, offset: 20)),
                .init(range: 70..<80, source: .init(place: 7, offset: 10)),
            ])
        #expect(found.newBytes == 30)
        #expect([0, 19, 20, 79].map { found.run(at: $0)?.range.lowerBound } == [0, 0, 20, 70])
        #expect(found.run(at: 80) == nil)
        let longer = found.withoutShortCopies(least: 11)
        #expect(longer.runs.map(\.range) == [0..<20, 20..<50, 50..<80])
        #expect(longer.newBytes == 50)
    }

    @Test("A list of chunks is read however it is cut, and each chunk knows its file")
    func list() throws {
        let files = [try file("a", 20), try file("empty", 0), try file("b", 10)]
        let bytes = [1, 2, 3].flatMap { chunk($0).canonicalBytes }
        #expect(bytes.count == 3 * 36)
        for size in [1, 35, 36, 100, 200] {
            var (parser, found) = (ChunkListParser(files), [String]())
            for start in stride(from: 0, to: bytes.count, by: size) {
                #expect(!parser.isAtEnd)
                let piece = ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])
                try parser.parse(piece) { found.append("\($0.id.bytes[0]) \($1.path) \($2)") }
            }
            #expect(found == ["1 a 0", "2 a 10", "3 b 0"])
            #expect(parser.isAtEnd)
        }
    }

    @Test("A list that does not fit the files is refused", arguments: [21, 31, 9])
    func malformed(size: UInt32) throws {
        var parser = ChunkListParser([try file("a", 20), try file("b", 10)])
        let bytes = [chunk(1, size), chunk(2, 20), chunk(3)].flatMap(\.canonicalBytes)
        #expect(throws: ChunkListParser.Malformed.self) { try parser.parse(ByteBuffer(bytes: bytes)) { _, _, _ in } }
    }

    @Test("What an upload sends of a delta is what it says, and names only sources that it copies from")
    func bytes() async throws {
        let directory = try TemporaryDirectory()
        let file = try directory.write(String(repeating: "abcdefghij", count: 250_000), to: "file")
        var runs = FileRuns<Int>()
        for (number, position) in [nil, .init(place: 3, offset: 5), nil].enumerated()
            as EnumeratedSequence<[ChunkIndex<Int>.Position?]>
        {
            runs.append(chunk(UInt8(number), 800_000), at: position)
        }
        let sources = try (0..<5).map {
            Delta.Source(
                project: try ProjectName("p"), model: try ModelName("m"), version: $0 + 1, path: try FilePath("f"))
        }
        let delta = FileDelta(runs, of: sources)
        #expect(delta.sources.map(\.version) == [4])
        let body = DeltaBytes(
            path: file.path(percentEncoded: false), header: try delta.header(size: 2_400_000), runs: delta.runs
        ) { _, _ in }
        var sent = ByteBuffer()
        for try await bytes in body { sent.writeImmutableBuffer(bytes) }
        #expect(sent.readableBytes == body.count)
        let headerCount = sent.readInteger(as: UInt32.self)
        let headerBytes = sent.readBytes(length: Int(headerCount ?? 0))
        let header = try JSONDecoder().decode(Delta.Header.self, from: Data(headerBytes ?? []))
        #expect(header == Delta.Header(size: 2_400_000, sources: [sources[3]]))
        let instruction = sent.readMultipleIntegers(as: (UInt8, UInt32).self)
        let first = try #require(instruction)
        #expect(first == (Delta.bytesCode, 800_000))
        sent.moveReaderIndex(forwardBy: 800_000)
        let next = sent.readMultipleIntegers(as: (UInt8, UInt32, UInt64, UInt64).self)
        let second = try #require(next)
        #expect(second == (Delta.copyCode, 0, 5, 800_000))
        #expect(sent.readableBytes == 5 + 800_000)
    }
}
