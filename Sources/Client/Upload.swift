import Foundation
import Models
import NIOCore
import Synchronization

/// One file on its way to the cluster.
struct Upload: Sendable {
    let file: LocalFile
    let digest: Digest
    let project: ProjectName
    /// The file as its difference from others, where that is less.
    var delta: FileDelta?

    private var path: APIPath { .upload(digest, to: project) }

    /// Sends the file unless a majority of nodes holds it; when a try breaks, from where the next server has it.
    func run(_ session: Session, _ tally: Tally) async throws(ClientError) {
        if try await isHeld(session) {
            tally.found(size: file.size)
            return
        }
        if let delta, try await send(delta, session, tally) { return }
        var mayResume = file.size > Self.leastResumedBytes
        var received: UInt64 = 0
        let held = try await session.overServers(session.configuration.deadlines.forUploads) {
            (attempt: inout Attempt) async throws(AttemptFailure) -> UploadedFile in
            received = 0
            if mayResume, let rest = try await rest(session, attempt) {
                received = rest.received
                do throws(AttemptFailure) { return try await send(rest, session, tally, &attempt) } catch {
                    guard case .final(let failure) = error, failure.concernsDelta else { throw error }
                    // What came before is gone, or was wrong.
                    (mayResume, received) = (false, 0)
                }
            }
            let sent = Sent(tally)
            let bytes = FileBytes(path: file.localPath, size: file.size) { sent.add($0) }
            do throws(AttemptFailure) { return try await send(.file(bytes), session, sent, &attempt) } catch {
                throw explained(error)
            }
        }
        try check(held)
        tally.finished(bytesMoved: file.size - received, bytesPresent: received)
    }

    /// A node notes what came page by page; few pages are larger.
    private static let leastResumedBytes: UInt64 = 64 << 20

    /// What is left of a file of which the server has the start; nil when it has nothing.
    private func rest(_ session: Session, _ attempt: Attempt) async throws(AttemptFailure) -> FileDelta? {
        let request = APIRequest(method: .get, path: path.appending(["received"]).query(["size": "\(file.size)"]))
        let answer: ReceivedBytes
        do throws(AttemptFailure) { answer = try await session.send(request, attempt).decode() } catch {
            // A build that does not know the question.
            if case .final(.problem(let problem)) = error, problem.status == 404 { return nil }
            throw error
        }
        let received = min(answer.received, file.size, UploadPlan.mostDeltaBytes)
        return received > 0 ? FileDelta(after: received, of: file.size) : nil
    }

    /// Sends the difference. Gives false when it is refused, because a source is gone or a server does not know deltas:
    /// then the file goes as a whole.
    private func send(_ delta: FileDelta, _ session: Session, _ tally: Tally) async throws(ClientError) -> Bool {
        do {
            let held = try await session.overServers(session.configuration.deadlines.forUploads) {
                (attempt: inout Attempt) async throws(AttemptFailure) -> UploadedFile in
                try await send(delta, session, tally, &attempt)
            }
            try check(held)
        } catch {
            guard error.concernsDelta else { throw error }
            return false
        }
        let new = delta.newBytes
        tally.finished(bytesMoved: new, bytesPresent: file.size - new)
        return true
    }

    private func check(_ held: UploadedFile) throws(ClientError) {
        guard held.sha256 == digest, held.size == file.size else {
            throw .digestMismatch(path: file.path.text, expected: digest, actual: held.sha256)
        }
    }

    private func isHeld(_ session: Session) async throws(ClientError) -> Bool {
        do {
            return try await session.overServers(session.configuration.deadlines.forCalls) {
                (attempt: inout Attempt) async throws(AttemptFailure) -> Bool in
                _ = try await session.send(APIRequest(method: .head, path: path), attempt)
                return true
            }
        } catch {
            if case .problem(let problem) = error, problem.status == 404 { return false }
            throw error
        }
    }

    private func send(
        _ delta: FileDelta, _ session: Session, _ tally: Tally, _ attempt: inout Attempt
    ) async throws(AttemptFailure) -> UploadedFile {
        let header: ByteBuffer
        do throws(ClientError) { header = try delta.header(size: file.size) } catch { throw .final(error) }
        let sent = Sent(tally)
        sent.copied(Int(delta.received))
        let bytes = DeltaBytes(path: file.localPath, header: header, runs: delta.runs) { count, isSent in
            if isSent { sent.add(count) } else { sent.copied(count) }
        }
        return try await send(.delta(bytes), session, sent, &attempt)
    }

    private func send(
        _ body: APIRequest.Body, _ session: Session, _ sent: Sent, _ attempt: inout Attempt
    ) async throws(AttemptFailure) -> UploadedFile {
        do throws(AttemptFailure) {
            return try await session.send(APIRequest(method: .put, path: path, body: body), attempt).decode()
        } catch {
            attempt.hasProgressed = sent.count > 0
            sent.takeBack()
            throw error
        }
    }

    /// The server compares what came with what was announced: a difference is the file's own doing.
    private func explained(_ failure: AttemptFailure) -> AttemptFailure {
        guard case .final(.problem(let problem)) = failure,
            ["digest-mismatch", "size-mismatch"].contains(problem.code)
        else { return failure }
        return .final(.digestMismatch(path: file.path.text, expected: digest, actual: nil))
    }
}

/// Bytes of one try, counted by the task that reads the file.
private final class Sent: Sendable {
    private let tally: Tally
    private let state = Mutex((sent: 0, copied: 0))

    init(_ tally: Tally) { self.tally = tally }

    var count: Int { state.withLock { $0.sent } }

    func add(_ bytes: Int) {
        state.withLock { $0.sent += bytes }
        tally.moved(bytes: Int64(bytes))
    }

    /// They are copied there: progress for people, but no sign that the line works.
    func copied(_ bytes: Int) {
        state.withLock { $0.copied += bytes }
        tally.moved(bytes: Int64(bytes))
    }

    /// The try failed: they move again.
    func takeBack() { tally.moved(bytes: -state.withLock { Int64($0.sent + $0.copied) }) }
}

extension ClientError {
    /// Whether the whole file may be taken where its difference was not: a source is gone or cannot be read, a server
    /// does not know deltas, or it took too long.
    fileprivate var concernsDelta: Bool {
        switch self {
        case .problem(let problem):
            [400, 404, 409, 422, 500].contains(problem.status) || problem.code == "bytes-unavailable"
        case .notReachable: true
        default: false
        }
    }
}
