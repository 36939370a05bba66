import Foundation
import PeerageClient
import Testing

@testable import CLI

@Suite("What a command remembers for the next")
struct SessionMemoryTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func memory(token: String? = "token", ca: String? = nil, state: String = "state") -> SessionMemory {
        let configuration = ClientConfiguration(
            servers: [], token: token, certificateAuthority: ca.map { directory.url.appending(path: $0) })
        let variables = ["XDG_STATE_HOME": directory.url.appending(path: state).path]
        return SessionMemory(
            of: configuration, in: Surroundings(variables: variables, currentDirectory: directory.url))
    }

    @Test("the newest index is kept, for this token and authority alone")
    func keeps() throws {
        try directory.write("one", to: "ca.pem")
        try directory.write("two", to: "other.pem")
        #expect(memory(ca: "ca.pem").index == 0)
        memory(ca: "ca.pem").remember(7)
        memory(ca: "ca.pem").remember(5)
        #expect(memory(ca: "ca.pem").index == 7)
        #expect(memory(ca: "other.pem").index == 0)
        #expect(memory(token: "other", ca: "ca.pem").index == 0)
    }

    @Test("nothing is kept without a token, and a place that cannot be written to harms nobody")
    func nowhere() throws {
        memory(token: nil).remember(7)
        #expect(memory(token: nil).index == 0)
        try directory.write("a file", to: "state")
        memory().remember(7)
        #expect(memory().index == 0)
    }

    @Test("a file that holds no number counts for nothing")
    func nonsense() throws {
        memory().remember(7)
        let folder = directory.url.appending(path: "state/peerage")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            try Data("seven".utf8).write(to: folder.appending(path: name))
        }
        #expect(memory().index == 0)
        memory().remember(8)
        #expect(memory().index == 8)
    }
}
