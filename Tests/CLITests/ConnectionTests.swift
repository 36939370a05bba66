import Foundation
import PeerageClient
import Testing

@testable import CLI

@Suite("How a command finds its cluster")
struct ConnectionTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private let content = #"""
        {"servers": {"west": "https://w:3", "north": "https://n:1", "south": "https://s:2"}, "token": "context-token",
         "ca": "ca.pem"}
        """#

    private func surroundings(_ variables: [String: String] = [:], in folder: String = "") -> Surroundings {
        Surroundings(variables: variables, currentDirectory: directory.url.appending(path: folder))
    }

    private func servers(_ configuration: ClientConfiguration) -> [String] {
        configuration.servers.map(\.absoluteString)
    }

    @Test(
        "the context is found in the directory and in any above, its servers ordered by site",
        arguments: ["", "a/b/c"])
    func walksUp(folder: String) throws {
        try directory.write(content, to: ClusterContext.relativePaths[0])
        let found = try Connection.configuration(servers: nil, in: surroundings(in: folder))
        #expect(servers(found) == ["https://n:1", "https://s:2", "https://w:3"])
        #expect(found.token == "context-token")
        #expect(found.certificateAuthority?.path() == "\(directory.path)/cluster/.state/ca.pem")
    }

    @Test("the nearest context wins")
    func nearest() throws {
        try directory.write(content, to: ClusterContext.relativePaths[0])
        try directory.write(#"{"servers": {"a": "https://a"}}"#, to: "inner/\(ClusterContext.relativePaths[1])")
        #expect(try servers(Connection.configuration(servers: nil, in: surroundings(in: "inner"))) == ["https://a"])
    }

    @Test("PEERAGE_CONTEXT names the file, relative to the current directory")
    func namedContext() throws {
        try directory.write(content, to: ClusterContext.relativePaths[0])
        try directory.write(#"{"servers": {"a": "https://a"}, "ca": "/etc/ca.pem"}"#, to: "other.json")
        let found = try Connection.configuration(servers: nil, in: surroundings(["PEERAGE_CONTEXT": "other.json"]))
        #expect(servers(found) == ["https://a"])
        #expect(found.token == nil)
        #expect(found.certificateAuthority?.path() == "/etc/ca.pem")
    }

    @Test("option goes before environment, environment before context, each value for itself")
    func precedence() throws {
        try directory.write(content, to: ClusterContext.relativePaths[0])
        let variables = ["PEERAGE_SERVER": "https://e:1,https://e:2", "PEERAGE_TOKEN": "environment-token"]
        let fromEnvironment = try Connection.configuration(servers: nil, in: surroundings(variables))
        #expect(servers(fromEnvironment) == ["https://e:1", "https://e:2"])
        #expect(fromEnvironment.token == "environment-token")
        #expect(fromEnvironment.certificateAuthority?.lastPathComponent == "ca.pem")

        let option = " localhost:1 , https://o:2,"
        let fromOption = try Connection.configuration(servers: option, in: surroundings(variables))
        #expect(servers(fromOption) == ["https://localhost:1", "https://o:2"])
    }

    @Test("an authority is a path, relative to the current directory")
    func authority() throws {
        let variables = ["PEERAGE_SERVER": "a", "PEERAGE_CA": "keys/ca.pem"]
        let found = try Connection.configuration(servers: nil, in: surroundings(variables))
        #expect(found.certificateAuthority?.path() == "\(directory.path)/keys/ca.pem")
    }

    @Test("empty variables count as none")
    func emptyVariables() throws {
        try directory.write(content, to: ClusterContext.relativePaths[0])
        let variables = ["PEERAGE_SERVER": "", "PEERAGE_TOKEN": "", "PEERAGE_CONTEXT": "", "PEERAGE_CA": ""]
        #expect(try Connection.configuration(servers: nil, in: surroundings(variables)).token == "context-token")
    }

    @Test(
        "what cannot be used says so",
        arguments: [
            ([:], nil), (["PEERAGE_CONTEXT": "missing.json"], nil), (["PEERAGE_CONTEXT": "broken.json"], nil),
        ] as [([String: String], String?)])
    func unusable(variables: [String: String], option: String?) throws {
        try directory.write(#"{"servers": ["https://a"]}"#, to: "broken.json")
        let error = #expect(throws: ClientError.self) {
            try Connection.configuration(servers: option, in: surroundings(variables))
        }
        #expect(error.map { ExitStatus($0) } == .wrongUsage)
    }
}
