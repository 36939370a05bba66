import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import HTTPTypes
import HummingbirdCore
import NIOCore
import ServiceLifecycle

/// `grpc.health.v1`: whether this node is ready, as `/readyz` says.
struct Health: Sendable {
    private static let pace: Duration = .seconds(1)

    let funnel: Funnel
    /// Services that may be asked about, beside the whole server.
    let services: Set<String>

    func register(with router: inout RPCRouter<HTTP2ServerTransport.Posix>) {
        let service = "grpc.health.v1.Health"
        router.registerHandler(
            forMethod: MethodDescriptor(fullyQualifiedService: service, method: "Check"),
            deserializer: ProtobufDeserializer<Grpc_Health_V1_HealthCheckRequest>(),
            serializer: ProtobufSerializer<Grpc_Health_V1_HealthCheckResponse>()
        ) { request, _ in
            let name = try await ServerRequest(stream: request).message.service
            guard isKnown(name) else {
                throw RPCError(code: .notFound, message: "there is no service “\(name)”")
            }
            return StreamingServerResponse(single: ServerResponse(message: await status()))
        }
        router.registerHandler(
            forMethod: MethodDescriptor(fullyQualifiedService: service, method: "Watch"),
            deserializer: ProtobufDeserializer<Grpc_Health_V1_HealthCheckRequest>(),
            serializer: ProtobufSerializer<Grpc_Health_V1_HealthCheckResponse>()
        ) { request, context in
            let name = try await ServerRequest(stream: request).message.service
            return StreamingServerResponse { writer in
                try await watch(name, writer, context)
                return [:]
            }
        }
    }

    private func watch(
        _ name: String, _ writer: RPCWriter<Grpc_Health_V1_HealthCheckResponse>, _ context: ServerContext
    ) async throws {
        var last: Grpc_Health_V1_HealthCheckResponse?
        while context.isWanted {
            var now = Grpc_Health_V1_HealthCheckResponse()
            if isKnown(name) { now = await status() } else { now.status = .serviceUnknown }
            if now != last { try await writer.write(now) }
            last = now
            try await Task.sleep(for: Self.pace)
        }
    }

    private func isKnown(_ name: String) -> Bool { name.isEmpty || services.contains(name) }

    private func status() async -> Grpc_Health_V1_HealthCheckResponse {
        let request = Request(
            head: HTTPRequest(method: .get, scheme: "https", authority: nil, path: "/readyz"),
            body: RequestBody(buffer: .init()))
        var answer = Grpc_Health_V1_HealthCheckResponse()
        do {
            _ = try await funnel.response(to: request)
            answer.status = .serving
        } catch {
            // Whatever it is: the node is not ready.
            answer.status = .notServing
        }
        return answer
    }
}
