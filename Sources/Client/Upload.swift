import Foundation
import Models
import Synchronization

/// One file on its way to the cluster.
struct Upload: Sendable {
    let file: LocalFile
    let digest: Digest
    let project: ProjectName

    private var path: APIPath { .upload(digest, to: project) }

    /// Sends the file unless a majority of nodes holds it; whole again at another server when a try breaks.
    func run(_ session: Session, _ tally: Tally) async throws(ClientError) {
        if try await isHeld(session) {
            tally.found(size: file.size)
            return
        }
        let key = Session.drawIdempotencyKey()
        let held = try await session.overServers(session.configuration.deadlines.forUploads) {
            (attempt: inout Attempt) async throws(AttemptFailure) -> UploadedFile in
            try await send(session, tally, key, &attempt)
        }
        guard held.sha256 == digest, held.size == file.size else {
            throw .digestMismatch(path: file.path.text, expected: digest, actual: held.sha256)
        }
        tally.finished(bytesMoved: file.size)
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
        _ session: Session, _ tally: Tally, _ key: (name: String, value: String), _ attempt: inout Attempt
    ) async throws(AttemptFailure) -> UploadedFile {
        let sent = Sent()
        let bytes = FileBytes(path: file.localPath, size: file.size) { count in
            sent.add(count)
            tally.moved(bytes: Int64(count))
        }
        do throws(AttemptFailure) {
            let request = APIRequest(method: .put, path: path, headers: [key], body: .file(bytes))
            return try await session.send(request, attempt).decode()
        } catch {
            attempt.hasProgressed = sent.count > 0
            tally.moved(bytes: -Int64(sent.count))
            throw explained(error)
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
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }

    func add(_ bytes: Int) { state.withLock { $0 += bytes } }
}
