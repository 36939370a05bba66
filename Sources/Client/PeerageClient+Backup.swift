import Foundation
package import Models
import AsyncHTTPClient
import NIOCore

extension PeerageClient {
    /// Writes the whole state of one server, as of one moment, to `file`: what a backup keeps. `GET /backup/state`.
    package func saveState(toFile file: String) async throws(ClientError) {
        _ = try await save(APIPath("backup", "state"), to: file)
    }

    /// Writes a page of some file and its chunks to `file`. `GET /backup/pages/{id}`.
    package func savePage(_ page: PageReference, toFile file: String) async throws(ClientError) {
        _ = try await save(
            APIPath("backup", "pages", Hexadecimal.encode(page.id.bytes)).query(["size": "\(page.size)"]), to: file)
    }

    /// Writes an answer to `file`, from its beginning with each server that is tried. Returns its bytes.
    private func save(_ path: APIPath, to file: String) async throws(ClientError) -> Int {
        let request = APIRequest(method: .get, path: path)
        return try await session.overServers(session.configuration.deadlines.forDownloads) {
            (attempt: inout Attempt) async throws(AttemptFailure) -> Int in
            let answer = try await self.session.send(request, attempt)
            return try await Self.copy(answer, to: file, &attempt)
        }
    }

    private static func copy(
        _ answer: Answer, to file: String, _ attempt: inout Attempt
    ) async throws(AttemptFailure) -> Int {
        guard FileManager.default.createFile(atPath: file, contents: nil),
            let handle = FileHandle(forWritingAtPath: file)
        else { throw .final(.invalidInput("“\(file)” cannot be written.")) }
        var count = 0
        do {
            for try await piece in answer.body {
                try handle.write(contentsOf: Data(piece.readableBytesView))
                count += piece.readableBytes
                attempt.hasProgressed = true
            }
            try handle.synchronize()
            try handle.close()
        } catch {
            throw AttemptFailure(error)
        }
        return count
    }
}
