import Foundation
import Models
import NIOCore

/// A file as its difference from files of versions: what an upload sends instead of all of it.
struct FileDelta: Sendable {
    /// Those of the known sources that are copied from; runs name them by their position here.
    let sources: [Delta.Source]
    let runs: [FileRuns<Int>.Run]
    /// Bytes of the file's start that came before, and of which no run is.
    var received: UInt64 = 0

    /// What is left of a file of `size` bytes.
    init(after received: UInt64, of size: UInt64) {
        self.received = received
        sources = []
        runs = received < size ? [.init(range: received..<size, source: nil)] : []
    }

    /// The file of `runs`, whose places are positions in `known`.
    init(_ runs: FileRuns<Int>, of known: [Delta.Source]) {
        var (sources, positions): ([Delta.Source], [Int: Int]) = ([], [:])
        self.runs = runs.runs.map { run in
            guard let source = run.source else { return run }
            let position = positions[source.place] ?? sources.count
            if positions.updateValue(position, forKey: source.place) == nil { sources.append(known[source.place]) }
            return .init(range: run.range, source: .init(place: position, offset: source.offset))
        }
        self.sources = sources
    }

    /// Bytes that are sent.
    var newBytes: UInt64 { runs.reduce(0) { $0 + $1.newBytes } }

    /// The header and its length.
    func header(size: UInt64) throws(ClientError) -> ByteBuffer {
        do {
            let header = try JSONEncoder().encode(
                Delta.Header(size: size, sources: sources, received: received > 0 ? received : nil))
            var buffer = ByteBuffer(integer: UInt32(header.count))
            buffer.writeBytes(header)
            return buffer
        } catch {
            throw .invalidInput("The header of a delta cannot be written as JSON: \(error).")
        }
    }
}

/// The body of an upload of a delta, a block at a time.
struct DeltaBytes: AsyncSequence, Sendable {
    let path: String
    let header: ByteBuffer
    let runs: [FileRuns<Int>.Run]
    /// Told how many of the file's bytes come next, and whether they are sent, or copied there.
    let willGive: @Sendable (_ count: Int, _ isSent: Bool) -> Void

    /// Bytes of the body.
    var count: Int {
        runs.reduce(header.readableBytes) { count, run in
            guard run.source == nil else { return count + Delta.copyInstructionSize }
            let blocks = (run.range.count + OpenFile.blockBytes - 1) / OpenFile.blockBytes
            return count + run.range.count + blocks * Delta.bytesInstructionSize
        }
    }

    /// Reads on from where it stopped.
    struct AsyncIterator: AsyncIteratorProtocol {
        let bytes: DeltaBytes
        var file: OpenFile?
        var hasHeader = false
        /// The run that comes next, and how many of its bytes were given.
        var position = 0
        var given = 0

        mutating func next() async throws(ClientError) -> ByteBuffer? {
            guard hasHeader else {
                hasHeader = true
                return bytes.header
            }
            guard position < bytes.runs.count else { return nil }
            let run = bytes.runs[position]
            guard let source = run.source else { return try await block(of: run) }
            position += 1
            var buffer = ByteBuffer(integer: Delta.copyCode)
            buffer.writeMultipleIntegers(UInt32(source.place), source.offset, UInt64(run.range.count))
            bytes.willGive(run.range.count, false)
            return buffer
        }

        private mutating func block(of run: FileRuns<Int>.Run) async throws(ClientError) -> ByteBuffer {
            let file = try await open()
            let (start, count) = (
                run.range.lowerBound + UInt64(given), Swift.min(run.range.count - given, OpenFile.blockBytes)
            )
            let block = try await FileQueue.run { () throws(ClientError) in try file.read(at: start, count: count) }
            guard block.readableBytes == count else {
                throw .fileSystem(path: bytes.path, reason: "it became shorter while it was pushed; push again")
            }
            given += count
            if given == run.range.count { (position, given) = (position + 1, 0) }
            bytes.willGive(count, true)
            var buffer = ByteBuffer(integer: Delta.bytesCode)
            buffer.writeInteger(UInt32(count))
            buffer.writeImmutableBuffer(block)
            return buffer
        }

        private mutating func open() async throws(ClientError) -> OpenFile {
            if let file { return file }
            let opened = try await OpenFile.opening(bytes.path)
            file = opened
            return opened
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: self) }
}
