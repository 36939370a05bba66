import AsyncHTTPClient
import Foundation
import Models
import NIOCore

/// One file of a version on its way to a directory.
struct Download: Sendable {
    let file: FileEntry
    /// The version, by number.
    let version: ModelReference
    let root: DirectoryHandle
    let partialName: String
    /// Whether it is in its place; nil when nobody has looked.
    let isKnownPresent: Bool?
    /// The file as runs of bytes, some of which are on this machine; nil when all of them must come.
    let runs: FileRuns<OpenFile>?
    /// Where some of them may be.
    let cache: LocalCache?

    private var name: String { String(file.path.components.last ?? "") }

    /// Receives the file unless it is in its place with the right digest.
    func run(_ session: Session, _ tally: Tally) async throws(ClientError) {
        let (root, parents) = (root, file.path.components.dropLast().map { String($0) })
        let directory = try await FileQueue.run { () throws(ClientError) in
            var directory = root
            for parent in parents { directory = try directory.makeDirectory(parent) }
            return directory
        }
        let isPresent: Bool
        if let isKnownPresent {
            isPresent = isKnownPresent
        } else {
            isPresent = try await self.isPresent(in: directory)
        }
        if isPresent {
            tally.found(size: file.size)
            return
        }
        var partial = try await PartialFile(partialName, in: directory, size: file.size)
        tally.moved(bytes: Int64(partial.count))
        let received = try await receive(&partial, session, tally)
        try await partial.finish(as: name)
        tally.finished(bytesMoved: received, bytesPresent: runs == nil ? 0 : file.size - min(received, file.size))
    }

    private func isPresent(in directory: DirectoryHandle) async throws(ClientError) -> Bool {
        let name = name
        let status = try await FileQueue.run { () throws(ClientError) in try directory.status(of: name) }
        switch status?.kind {
        case nil: return false
        case .regular where status?.size != file.size: return false
        case .regular:
            let opened = try await OpenFile.opening(directory.path(of: name))
            var digest = RunningDigest()
            try await digest.update(opened, upTo: file.size)
            return digest.digest == file.sha256
        case .directory:
            throw .fileSystem(
                path: directory.path(of: name), reason: "a file shall stand where this directory is; move it")
        case .symbolicLink, .other:
            throw .fileSystem(
                path: directory.path(of: name), reason: "a file shall stand where this link or device is; remove it")
        }
    }

    /// Receives what is missing, from one server after the other, until the digest is right. Gives how many bytes came.
    private func receive(
        _ partial: inout PartialFile, _ session: Session, _ tally: Tally
    ) async throws(ClientError) -> UInt64 {
        // What an earlier pull left may be of another version, and what lies elsewhere may change: then the whole does
        // not fit, through no server's fault.
        var ours = Ours(runs: runs, hasLeftover: partial.count > 0)
        var received: UInt64 = 0
        try await session.overServers(session.configuration.deadlines.forDownloads) {
            (attempt: inout Attempt) async throws(AttemptFailure) in
            while true {
                try await fetchRest(into: &partial, &ours, &received, session, tally, &attempt)
                let actual = partial.digest
                if actual == file.sha256 { return }
                cache?.discard(Set((ours.runs?.runs ?? []).compactMap { $0.source?.place.path }))
                try await startAgain(&partial, tally)
                received = 0
                if ours == Ours() {
                    attempt.hasProgressed = false
                    throw .damaged(path: file.path.text, expected: file.sha256, actual: actual)
                }
                ours = Ours()
            }
        }
        return received
    }

    /// What this machine has of the file, as far as it is trusted.
    private struct Ours: Equatable {
        var runs: FileRuns<OpenFile>?
        var hasLeftover = false
    }

    private func fetchRest(
        into partial: inout PartialFile, _ ours: inout Ours, _ received: inout UInt64, _ session: Session,
        _ tally: Tally,
        _ attempt: inout Attempt
    ) async throws(AttemptFailure) {
        while partial.count < file.size {
            let offset = partial.count
            let run = ours.runs?.run(at: offset)
            if let run, let source = run.source {
                let start = source.offset + (offset - run.range.lowerBound)
                let isCopied: Bool
                do {
                    isCopied = try await copy(
                        source.place, from: start, upTo: run.range.upperBound, to: &partial, tally)
                } catch { throw .final(error) }
                if !isCopied {
                    cache?.discard([source.place.path])
                    ours.runs = nil
                }
            } else {
                let range = offset..<(run?.range.upperBound ?? file.size)
                let before = partial.count
                defer { received += partial.count - min(before, partial.count) }
                try await fetch(range, into: &partial, session, tally, &attempt)
            }
        }
    }

    /// Copies bytes of a file of this machine, up to `end` of this one. Gives false when they are not there any more.
    private func copy(
        _ source: OpenFile, from start: UInt64, upTo end: UInt64, to partial: inout PartialFile, _ tally: Tally
    ) async throws(ClientError) -> Bool {
        var offset = start
        while partial.count < end {
            if Task.isCancelled { throw .cancelled }
            let (position, count) = (offset, Int(min(end - partial.count, UInt64(OpenFile.blockBytes))))
            let block: ByteBuffer
            do {
                block = try await FileQueue.run { () throws(ClientError) in try source.read(at: position, count: count)
                }
            } catch {
                return false
            }
            guard block.readableBytes > 0 else { return false }
            try await partial.append(block)
            offset += UInt64(block.readableBytes)
            tally.moved(bytes: Int64(block.readableBytes))
        }
        try await partial.flush()
        return true
    }

    /// Receives `range`, which begins where `partial` ends.
    private func fetch(
        _ range: Range<UInt64>, into partial: inout PartialFile, _ session: Session, _ tally: Tally,
        _ attempt: inout Attempt
    ) async throws(AttemptFailure) {
        let answer = try await session.send(request(for: range), attempt)
        let start = try ContentRange.start(of: answer, expecting: range.lowerBound)
        if start < range.lowerBound { try await startAgain(&partial, tally) }
        let end = answer.status == 206 ? range.upperBound : file.size
        var failure: AttemptFailure?
        do throws(AttemptFailure) { try await copy(answer, upTo: end, to: &partial, tally, &attempt) } catch {
            failure = error
        }
        // What came is kept, whatever broke.
        do { try await partial.flush() } catch { throw .final(error) }
        if let failure { throw failure }
    }

    private func startAgain(_ partial: inout PartialFile, _ tally: Tally) async throws(AttemptFailure) {
        tally.moved(bytes: -Int64(partial.count))
        // A failure of this machine's disk is no server's fault.
        do { try await partial.startAgain() } catch { throw .final(error) }
    }

    private func request(for range: Range<UInt64>) -> APIRequest {
        var request = APIRequest(method: .get, path: .file(file.path, of: version))
        let last = range.upperBound < file.size ? String(range.upperBound - 1) : ""
        if range != 0..<file.size {
            request.headers = [
                ("Range", "bytes=\(range.lowerBound)-\(last)"), ("If-Range", "\"\(file.sha256)\""),
            ]
        }
        return request
    }

    private func copy(
        _ answer: Answer, upTo end: UInt64, to partial: inout PartialFile, _ tally: Tally, _ attempt: inout Attempt
    ) async throws(AttemptFailure) {
        do {
            for try await bytes in answer.body {
                guard partial.count + UInt64(bytes.readableBytes) <= end else {
                    throw ClientError.invalidResponse(
                        server: answer.server, reason: "“\(file.path)” has more bytes than were asked for")
                }
                try await partial.append(bytes)
                attempt.hasProgressed = true
                tally.moved(bytes: Int64(bytes.readableBytes))
            }
        } catch {
            throw AttemptFailure(error)
        }
        guard partial.count == end else { throw .silent(reason: "the connection was lost within a file") }
    }
}

/// The `Content-Range` header of RFC 9110 §14.4.
enum ContentRange {
    /// Where the bytes of an answer begin: 0 when it is the whole file.
    static func start(of answer: Answer, expecting offset: UInt64) throws(AttemptFailure) -> UInt64 {
        guard answer.status == 206 else { return 0 }
        let range = answer["Content-Range"] ?? ""
        guard let start = start(of: range), start == offset else {
            throw .final(
                .invalidResponse(
                    server: answer.server, reason: "bytes from \(offset) were asked for, “\(range)” came"))
        }
        return start
    }

    /// The first position of `bytes FIRST-LAST/SIZE`; nil for anything else.
    static func start(of header: String) -> UInt64? {
        guard header.hasPrefix("bytes "), let dash = header.firstIndex(of: "-") else { return nil }
        return UInt64(header[header.index(header.startIndex, offsetBy: 6)..<dash])
    }
}
