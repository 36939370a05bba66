import GRPCCore
import HTTPTypes
import HummingbirdCore
import NIOCore
import SwiftProtobuf
import Testing

@testable import GRPCAPI

@Suite("Messages as requests")
struct RequestShapeTests {
    private func body(_ request: Request) async throws -> String {
        String(buffer: try await request.body.collect(upTo: 1 << 20))
    }

    @Test("fields are in the path, the query or the body, as the operation says")
    func places() async throws {
        var list = Peerage_V1_ListVersionsRequest()
        (list.project, list.model, list.limit, list.cursor) = ("a", "b/c", 5, "x y")
        let shape = RequestShape(
            method: .get, path: "/api/v1/projects/{project}/models/{model}/versions", body: nil, query: [])
        let request = try shape.request(list, [:])
        #expect(request.head.path == "/api/v1/projects/a/models/b%2Fc/versions?cursor=x%20y&limit=5")
        #expect(try await body(request) == "")

        var set = Peerage_V1_SetAliasRequest()
        (set.project, set.model, set.alias, set.version) = ("a", "b", "best", 7)
        let put = try RequestShape(
            method: .put, path: "/projects/{project}/models/{model}/aliases/{alias}", body: nil, query: []
        ).request(set, ["idempotency-key": "k", "cookie": "no", "authorization": "Bearer t"])
        #expect(try await body(put) == #"{"version":7}"#)
        #expect(put.headers[.authorization] == "Bearer t" && put.headers[.contentType] == "application/json")
        #expect(put.headers[.cookie] == nil)

        var schema = Peerage_V1_SetStageSchemaRequest()
        (schema.project, schema.stage) = ("a", "live")
        schema.schema.fields["minimum"] = 1
        let document = try RequestShape(
            method: .put, path: "/projects/{project}/schemas/stages/{stage}", body: "schema", query: []
        ).request(schema, [:])
        #expect(try await body(document) == #"{"minimum":1}"#)

        var plan = Peerage_V1_TryRetentionRequest()
        (plan.project, plan.cursor) = ("a", "m")
        plan.policy.rules = [.with { $0.name = "old" }]
        let tried = try RequestShape(
            method: .post, path: "/projects/{project}/retention/plan", body: "policy", query: ["cursor", "limit"]
        ).request(plan, [:])
        #expect(tried.head.path == "/projects/a/retention/plan?cursor=m")
        #expect(try await body(tried) == #"{"rules":[{"name":"old"}]}"#)
    }

    @Test("numbers are numbers, and what was not set is not said")
    func numbers() async throws {
        var request = Peerage_V1_RegisterVersionRequest()
        (request.project, request.model) = ("a", "b")
        request.files = [
            .with {
                $0.path = "empty"
                $0.size = 0
            },
            .with { $0.size = 1 << 53 },
        ]
        let shape = RequestShape(
            method: .post, path: "/projects/{project}/models/{model}/versions", body: nil, query: [])
        #expect(
            try await body(shape.request(request, [:]))
                == #"{"files":[{"path":"empty","size":0},{"size":9007199254740992}]}"#)
    }

    @Test("a parameter of the path that is missing or climbs out of it is no path", arguments: ["", "..", "a/../b"])
    func paths(project: String) throws {
        var get = Peerage_V1_GetProjectRequest()
        get.project = project
        let shape = RequestShape(method: .get, path: "/projects/{project}/x", body: nil, query: [])
        guard !project.isEmpty else {
            #expect(throws: RPCError.self) { try shape.request(get, [:]) }
            return
        }
        // A slash is encoded, so that it is part of the name, which is refused as such.
        let path = try #require(try shape.request(get, [:]).head.path)
        #expect(path.split(separator: "/").count == 3)
    }
}
