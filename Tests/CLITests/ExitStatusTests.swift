import ArgumentParser
import Foundation
import Models
import PeerageClient
import Testing

@testable import CLI

@Suite("Exit status")
struct ExitStatusTests {
    @Test(
        "scripts can tell endings apart",
        arguments: [
            (.notReachable(servers: [], reason: "refused"), 3), (.invalidConfiguration("no server"), 2),
            (.problem(problem(404)), 1), (.problem(problem(503)), 1), (.invalidInput("empty"), 1), (.cancelled, 1),
            (.fileSystem(path: "a", reason: "b"), 1),
            (.digestMismatch(path: "a", expected: Digest(of: []), actual: nil), 1),
            (.invalidResponse(server: URL(filePath: "/"), reason: "x"), 1),
        ] as [(ClientError, Int32)])
    func codes(error: ClientError, code: Int32) {
        let ending = Ending(error)
        #expect(ending.code == code)
        #expect(ending.text.hasPrefix("Error: "))
    }

    @Test("a status that a command chose is kept")
    func chosen() {
        #expect(Ending(ExitCode(7)).code == 7)
        #expect(Ending(ExitCode(7)).json.isEmpty)
    }

    @Test("for tools an error is a problem in JSON, the server's own where there is one")
    func problems() throws {
        let sent = Self.problem(409)
        #expect(try decode(Ending(ClientError.problem(sent)).json) == sent)
        let local = try decode(Ending(ClientError.notReachable(servers: [], reason: "refused")).json)
        #expect(local.code == "not-reachable")
        #expect(local.status == 0)
    }

    @Test("a server's words cannot move the cursor")
    func escapes() {
        let problem = Problem(code: "x", title: "X", status: 400, detail: "a\u{1B}[2Jb")
        #expect(Ending(ClientError.problem(problem)).text == "Error: a\u{FFFD}[2Jb")
    }

    private static func problem(_ status: Int) -> Problem {
        Problem(code: "some-code", title: "Some", status: status, detail: "What, why, what to do.")
    }

    private func decode(_ json: String) throws -> Problem {
        try JSONDecoder().decode(Problem.self, from: Data(json.utf8))
    }
}
