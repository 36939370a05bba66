import Foundation
import GRPCCore
import HTTPTypes
import Models
import SwiftProtobuf
import Testing

@testable import GRPCAPI

@Suite("Calls and the operations of REST")
struct OperationTests {
    private struct Description: Decodable {
        let paths: [String: [String: Route]]
        let components: Components

        struct Route: Decodable { let summary: String }
        struct Components: Decodable { let schemas: [String: Schema] }
        struct Schema: Decodable { let properties: [String: JSONValue]? }
    }

    private static func description() throws -> Description {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../docs/reference/openapi.json")
        return try JSONDecoder().decode(Description.self, from: Data(contentsOf: file))
    }

    private static func descriptors() throws -> [Google_Protobuf_FileDescriptorProto] {
        try Reflection.descriptors().filter { $0.package == "peerage.v1" }
    }

    /// What is a stream here, or no call at all: nodes join and backups are taken by Peerage's own client, and health
    /// has gRPC's own service.
    private static let others: Set = [
        "get /api/v1/projects/{project}/models/{model}/versions/{version}/files/{path}",
        "put /api/v1/projects/{project}/uploads/{sha256}", "post /api/v1/cluster/join", "get /api/v1/backup/state",
        "get /api/v1/backup/pages/{page}", "get /healthz", "get /readyz", "get /metrics",
        "get /api/v1/projects/{project}/models/{model}/versions/{version}/chunks",
        "get /api/v1/audit/log/{path}",
    ]

    @Test("every operation of REST has its call, and every call its operation")
    func complete() throws {
        let served = try Self.description().paths.flatMap { path, routes in routes.keys.map { "\($0) \(path)" } }
        let called = Operation.all.map { "\($0.method.rawValue.lowercased()) \($0.path)" }
        #expect(Set(called).union(Self.others) == Set(served))
        #expect(Set(called).count == called.count)
    }

    @Test("the .proto has the calls that are served, and no others")
    func published() throws {
        let published = try Self.descriptors().flatMap { file in
            file.service.flatMap { service in service.method.map { "\(service.name)/\($0.name)" } }
        }
        #expect(
            Set(published)
                == Set(Operation.all.map(\.name) + ["Files/ReadFile", "Files/UploadFile", "Events/FollowEvents"]))
    }

    @Test("every parameter of a path is a field of its request")
    func parameters() throws {
        let messages = try Self.messages()
        let services = try Self.descriptors().flatMap(\.service)
        for operation in Operation.all {
            let parts = operation.name.split(separator: "/")
            let method = services.first { $0.name == parts[0] }?.method.first { $0.name == parts[1] }
            let input = try #require(method?.inputType.split(separator: ".").last.map { String($0) })
            let fields = try #require(messages[input])
            let names = operation.path.split(separator: "/").filter { $0.hasPrefix("{") }.map {
                String($0.dropFirst().dropLast())
            }
            #expect(Set(names).isSubset(of: fields), "\(operation.name)")
        }
    }

    @Test("messages have the members of REST's documents")
    func members() throws {
        let messages = try Self.messages()
        let renamed = ["VersionDescription": "Version", "ApprovalDescription": "ApprovalState"]
        // Requests are fields of their calls; these have no call.
        let absent: Set = ["Problem", "JSONSchema", "JoinAnswer", "MemberDescription"]
        for (name, schema) in try Self.description().components.schemas
        where !absent.contains(name) && messages[renamed[name] ?? name] != nil {
            let members = Set(schema.properties.map { Array($0.keys) } ?? [])
            let fields = try #require(messages[renamed[name] ?? name])
            #expect(members.isSubset(of: fields), "\(name) lacks \(members.subtracting(fields).sorted())")
        }
        #expect(messages.count > 150)
    }

    private static func messages() throws -> [String: Set<String>] {
        let all = try descriptors().flatMap(\.messageType)
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name, Set($0.field.map(\.name))) })
    }
}
