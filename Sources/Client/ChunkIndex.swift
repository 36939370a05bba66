import AsyncHTTPClient
import Chunking
import Models
import NIOCore

/// Where chunks lie in files that somebody has: of versions for a push, of this machine for a pull.
struct ChunkIndex<Place: Hashable & Sendable>: Sendable {
    /// A chunk's first byte.
    struct Position: Hashable, Sendable {
        let place: Place
        let offset: UInt64
    }

    /// About 64 GiB of files, in some 150 MB of memory. Chunks beyond are not found, and cross the line.
    static var most: Int { 1 << 20 }

    private var positions: [ChunkReference: Position] = [:]

    var isEmpty: Bool { positions.isEmpty }
    var isFull: Bool { positions.count >= Self.most }

    /// Enters a chunk; the first place that it is found at counts.
    mutating func add(_ chunk: ChunkReference, in place: Place, at offset: UInt64) {
        guard !isFull, positions[chunk] == nil else { return }
        positions[chunk] = Position(place: place, offset: offset)
    }

    subscript(_ chunk: ChunkReference) -> Position? { positions[chunk] }
}

/// A file as runs of bytes, some of which lie in other files too.
struct FileRuns<Place: Hashable & Sendable>: Hashable, Sendable {
    /// Bytes that belong together.
    struct Run: Hashable, Sendable {
        /// Which of the file's bytes.
        var range: Range<UInt64>
        /// Where they lie too; nil when nowhere.
        var source: ChunkIndex<Place>.Position?

        /// Bytes that lie nowhere else.
        var newBytes: UInt64 { source == nil ? UInt64(range.count) : 0 }
    }

    private(set) var runs: [Run] = []

    /// Bytes of runs that lie nowhere else.
    var newBytes: UInt64 { runs.reduce(0) { $0 + $1.newBytes } }

    /// Adds the next chunk of the file.
    mutating func append(_ chunk: ChunkReference, at position: ChunkIndex<Place>.Position?) {
        let start = runs.last?.range.upperBound ?? 0
        let end = start + UInt64(chunk.size)
        if let last = runs.last, last.isContinued(by: position) {
            runs[runs.count - 1].range = last.range.lowerBound..<end
        } else {
            runs.append(Run(range: start..<end, source: position))
        }
    }

    /// The file with runs of fewer than `least` bytes taken for new: for who asks for each run of new bytes by itself.
    func withoutShortCopies(least: Int) -> FileRuns {
        var result = FileRuns()
        for run in runs {
            let source = run.range.count < least ? nil : run.source
            if source == nil, let last = result.runs.last, last.source == nil {
                result.runs[result.runs.count - 1].range = last.range.lowerBound..<run.range.upperBound
            } else {
                result.runs.append(Run(range: run.range, source: source))
            }
        }
        return result
    }

    /// The run that holds the byte at `offset`.
    func run(at offset: UInt64) -> Run? {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].range.upperBound > offset { high = middle } else { low = middle + 1 }
        }
        return low < runs.count ? runs[low] : nil
    }
}

extension FileRuns.Run {
    /// Whether bytes at `next` go on where this run ends.
    fileprivate func isContinued(by next: ChunkIndex<Place>.Position?) -> Bool {
        guard let source, let next else { return self.source == nil && next == nil }
        return source.place == next.place && source.offset + UInt64(range.count) == next.offset
    }
}

extension Session {
    /// Folds every chunk of a version's files into `initial`, in order, each with its file and its offset in it; from
    /// the start again when a connection is lost. Gives nil when no server lists chunks.
    func chunks<Value: Sendable>(
        of version: Version, into initial: Value,
        _ body: @escaping @Sendable (inout Value, ChunkReference, FileEntry, UInt64) -> Void
    ) async throws(ClientError) -> Value? {
        let reference = ModelReference(
            project: version.project, model: version.model, selector: .number(version.number))
        do {
            return try await overServers(configuration.deadlines.forDownloads) {
                (attempt: inout Attempt) async throws(AttemptFailure) -> Value in
                let answer = try await send(APIRequest(method: .get, path: .chunks(of: reference)), attempt)
                var (value, parser) = (initial, ChunkListParser(version.files))
                do {
                    for try await bytes in answer.body {
                        attempt.hasProgressed = true
                        try parser.parse(bytes) { body(&value, $0, $1, $2) }
                    }
                } catch let error as ChunkListParser.Malformed {
                    throw .final(.invalidResponse(server: answer.server, reason: error.reason))
                } catch {
                    throw AttemptFailure(error)
                }
                guard parser.isAtEnd else { throw .silent(reason: "the connection was lost within a list of chunks") }
                return value
            }
        } catch {
            // A build that does not list chunks yet.
            if case .problem(let problem) = error, problem.status == 404 { return nil }
            throw error
        }
    }
}

/// Reads chunk references as they come, and knows which file each belongs to.
struct ChunkListParser {
    /// What a list cannot be.
    struct Malformed: Error {
        let reason: String
    }

    private static let referenceBytes = 36

    private var files: ArraySlice<FileEntry>
    private var offset: UInt64 = 0
    private var pending = ByteBuffer()

    init(_ files: [FileEntry]) { self.files = files.filter { $0.size > 0 }[...] }

    /// Whether every file's chunks were read.
    var isAtEnd: Bool { files.isEmpty && pending.readableBytes == 0 }

    /// Reads the references that are whole.
    mutating func parse(_ bytes: ByteBuffer, _ body: (ChunkReference, FileEntry, UInt64) -> Void) throws(Malformed) {
        pending.discardReadBytes()
        pending.writeImmutableBuffer(bytes)
        while let bytes = pending.readBytes(length: Self.referenceBytes) {
            let chunk: ChunkReference
            do { chunk = try ChunkReference(canonicalBytes: bytes) } catch {
                throw Malformed(reason: "a chunk's reference cannot be read: \(error)")
            }
            guard let file = files.first, chunk.size > 0, UInt64(chunk.size) <= file.size - offset else {
                throw Malformed(reason: "the list of chunks does not fit the version's files")
            }
            body(chunk, file, offset)
            offset += UInt64(chunk.size)
            guard offset == file.size else { continue }
            files.removeFirst()
            offset = 0
        }
    }
}

extension FileChunker {
    /// Takes in up to `limit` bytes of a file from its start, and tells `body` every chunk.
    mutating func chunk(
        _ file: OpenFile, upTo limit: UInt64, observer: (Int) -> Void = { _ in }, _ body: (ChunkReference) -> Void
    ) async throws(ClientError) -> FileContent {
        func tell(_ output: ChunkerOutput) { if case .chunk(let chunk, _) = output { body(chunk) } }
        var offset: UInt64 = 0
        while offset < limit {
            if Task.isCancelled { throw .cancelled }
            let (start, length) = (offset, Int(min(limit - offset, UInt64(OpenFile.blockBytes))))
            let block = try await FileQueue.run { () throws(ClientError) in try file.read(at: start, count: length) }
            if block.readableBytes == 0 { break }
            block.withUnsafeReadableBytes { append($0, emit: tell) }
            offset += UInt64(block.readableBytes)
            observer(block.readableBytes)
        }
        return finish(emit: tell)
    }
}
