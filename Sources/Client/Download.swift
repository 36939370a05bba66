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

    private var name: String { String(file.path.components.last ?? "") }

    /// Receives the file unless it is in its place with the right digest.
    func run(_ session: Session, _ tally: Tally) async throws(ClientError) {
        let (root, parents) = (root, file.path.components.dropLast().map { String($0) })
        let directory = try await FileQueue.run { () throws(ClientError) in
            var directory = root
            for parent in parents { directory = try directory.makeDirectory(parent) }
            return directory
        }
        if try await isPresent(in: directory) {
            tally.found(size: file.size)
            return
        }
        var partial = try await PartialFile(partialName, in: directory, size: file.size)
        tally.moved(bytes: Int64(partial.count))
        let kept = try await receive(&partial, session, tally)
        try await partial.finish(as: name)
        tally.finished(bytesMoved: file.size - kept)
    }

    private func isPresent(in directory: DirectoryHandle) async throws(ClientError) -> Bool {
        let name = name
        let status = try await FileQueue.run { () throws(ClientError) in try directory.status(of: name) }
        switch status?.kind {
        case nil: return false
        case .regular where status?.size != file.size: return false
        case .regular:
            let opened = try await FileQueue.run { () throws(ClientError) in
                try OpenFile.reading(directory.path(of: name))
            }
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

    /// Receives what is missing, from one server after the other, until the digest is right. Gives how many bytes of
    /// what an earlier pull left were of use.
    private func receive(
        _ partial: inout PartialFile, _ session: Session, _ tally: Tally
    ) async throws(ClientError) -> UInt64 {
        let leftover = partial.count
        // What an earlier pull left may be of another version: then the whole does not fit, through no server's fault.
        var hasLeftover = leftover > 0
        try await session.overServers(session.configuration.deadlines.forDownloads) {
            (attempt: inout Attempt) async throws(AttemptFailure) in
            while true {
                try await fetchRest(into: &partial, session, tally, &attempt)
                let actual = partial.digest
                if actual == file.sha256 { return }
                try await startAgain(&partial, tally)
                if !hasLeftover {
                    attempt.hasProgressed = false
                    throw .damaged(path: file.path.text, expected: file.sha256, actual: actual)
                }
                hasLeftover = false
            }
        }
        return hasLeftover ? leftover : 0
    }

    private func fetchRest(
        into partial: inout PartialFile, _ session: Session, _ tally: Tally, _ attempt: inout Attempt
    ) async throws(AttemptFailure) {
        let offset = partial.count
        guard offset < file.size else { return }
        let answer = try await session.send(request(from: offset), attempt)
        if try ContentRange.start(of: answer, expecting: offset) < offset { try await startAgain(&partial, tally) }
        var failure: AttemptFailure?
        do throws(AttemptFailure) { try await copy(answer, to: &partial, tally, &attempt) } catch { failure = error }
        // What came is kept, whatever broke.
        do { try await partial.flush() } catch { throw .final(error) }
        if let failure { throw failure }
    }

    private func startAgain(_ partial: inout PartialFile, _ tally: Tally) async throws(AttemptFailure) {
        tally.moved(bytes: -Int64(partial.count))
        // A failure of this machine's disk is no server's fault.
        do { try await partial.startAgain() } catch { throw .final(error) }
    }

    private func request(from offset: UInt64) -> APIRequest {
        var request = APIRequest(method: .get, path: .file(file.path, of: version))
        if offset > 0 {
            request.headers = [("Range", "bytes=\(offset)-"), ("If-Range", "\"\(file.sha256)\"")]
        }
        return request
    }

    private func copy(
        _ answer: Answer, to partial: inout PartialFile, _ tally: Tally, _ attempt: inout Attempt
    ) async throws(AttemptFailure) {
        do {
            for try await bytes in answer.body {
                guard partial.count + UInt64(bytes.readableBytes) <= file.size else {
                    throw ClientError.invalidResponse(
                        server: answer.server, reason: "“\(file.path)” has more than its \(file.size) bytes")
                }
                try await partial.append(bytes)
                attempt.hasProgressed = true
                tally.moved(bytes: Int64(bytes.readableBytes))
            }
        } catch {
            throw AttemptFailure(error)
        }
        guard partial.count == file.size else { throw .silent(reason: "the connection was lost within a file") }
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
