import Foundation
import Models
import Testing

@testable import RESTAPI

@Suite("The description of the API")
struct OpenAPITests {
    static let file = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../docs/reference/openapi.json")

    @Test("docs/reference/openapi.json is what the server serves; PEERAGE_REWRITE=1 writes it anew")
    func committed() throws {
        let description = RESTAPI.openAPIDescription + "\n"
        if ProcessInfo.processInfo.environment["PEERAGE_REWRITE"] == "1" {
            try description.write(to: Self.file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: Self.file, encoding: .utf8) == description)
    }

    @Test("only questions about health are open to everyone")
    func openRoutes() {
        let open = RESTAPI.routes(metrics: { "" }).filter { if case .open = $0.access { true } else { false } }
        #expect(Set(open.map(\.path)) == ["/healthz", "/readyz"])
        let byInvitation = RESTAPI.routes(metrics: { "" }).filter { $0.access == .invitation }
        #expect(byInvitation.map(\.path) == ["/api/v1/cluster/join"])
    }

    @Test("no two routes share method and path, and every parameter of a path is named once")
    func routes() {
        let routes = RESTAPI.routes(metrics: { "" })
        #expect(Set(routes.map { "\($0.method) \($0.path)" }).count == routes.count)
        for route in routes {
            let names = route.path.split(separator: "/").filter { $0.hasPrefix("{") }
            #expect(Set(names).count == names.count)
            #expect(!route.summary.isEmpty)
        }
    }

    @Test("every shape that a route names is described, with no field left out of its JSON")
    func shapes() throws {
        let described = Set(OpenAPISchemas.all.keys)
        for route in RESTAPI.routes(metrics: { "" }) {
            for content in [route.requestBody, route.response].compactMap(\.self) {
                #expect(described.contains(content.schema), "\(route.path) names \(content.schema)")
            }
        }
        var project = Project(
            name: try ProjectName("acme"), description: "", createdAt: Timestamp(milliseconds: 0),
            createdBy: try PrincipalName("ann"), sites: [try SiteName("north")], quotaBytes: 9, usedBytes: 5)
        (project.refuses, project.visibility) = ([.unknown], .private)
        #expect(try fields(of: project) == fields(described: "Project"))
        let found = Inspection(files: [], parameters: 1)
        #expect(try fields(of: found) == fields(described: "Inspection"))
        let file = FileEntry(path: try FilePath("a"), size: 1, sha256: Digest(of: []), pages: [])
        #expect(try fields(of: file) == fields(described: "File"))
    }

    private func fields(of value: some Encodable) throws -> Set<String> {
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value))
        return Set(try #require(object as? [String: Any]).keys)
    }

    private func fields(described name: String) throws -> Set<String> {
        let schema = try #require(OpenAPISchemas.all[name] as? [String: Any])
        return Set(try #require(schema["properties"] as? [String: Any]).keys)
    }
}
