import Foundation
import Testing

@testable import PeerageClient

@Suite("Configurations")
struct ClientConfigurationTests {
    @Test(
        "only servers over TLS are taken",
        arguments: [
            ("https://localhost:8443", true), ("https://127.0.0.1:1/", true), ("HTTPS://a", true), ("http://a", false),
            ("a:1", false), ("https://", false), ("https://a?b=c", false), ("https://a#b", false),
            ("https://me@a", false),
        ])
    func servers(text: String, isGood: Bool) throws {
        let configuration = ClientConfiguration(servers: [try #require(URL(string: text))])
        #expect(isGood == accepts(configuration))
    }

    @Test("no server is no configuration")
    func noServers() { #expect(!accepts(ClientConfiguration(servers: []))) }

    @Test("a token cannot bring headers of its own", arguments: ["a b", "a\r\nHost: b", "ü", ""])
    func tokens(token: String) throws {
        let server = try #require(URL(string: "https://a"))
        #expect(accepts(ClientConfiguration(servers: [server], token: token)) == token.isEmpty)
    }

    private func accepts(_ configuration: ClientConfiguration) -> Bool {
        do { try configuration.check() } catch { return false }
        return true
    }
}
