import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import HTTPTypes
import HummingbirdCore
import SwiftProtobuf

/// A call that has one request and one answer, and which operation of REST it is.
struct Operation: Sendable {
    /// Service and method: `Projects/GetProject`.
    let name: String
    let method: HTTPRequest.Method
    /// As in `docs/reference/openapi.json`.
    let path: String
    private let registration: @Sendable (inout RPCRouter<HTTP2ServerTransport.Posix>, Funnel) -> Void

    /// - Parameters:
    ///   - body: the field that is the body; nil when all are that are neither in the path nor in the query.
    ///   - query: the fields that are in the query of an operation with a body; of others all are.
    init<Input: Message, Output: Message>(
        _ name: String, _ method: HTTPRequest.Method, _ path: String, body: String? = nil, query: [String] = [],
        _ input: Input.Type, _ output: Output.Type
    ) {
        self.name = name
        self.method = method
        self.path = path
        let shape = RequestShape(method: method, path: path, body: body, query: query)
        registration = { router, funnel in
            router.registerHandler(
                forMethod: MethodDescriptor(operation: name), deserializer: ProtobufDeserializer<Input>(),
                serializer: ProtobufSerializer<Output>()
            ) { request, _ in
                let request = try await ServerRequest(stream: request)
                let call = try shape.request(request.message, request.metadata)
                let (message, metadata) = try await funnel.message(Output.self, answering: call)
                return StreamingServerResponse(single: ServerResponse(message: message, metadata: metadata))
            }
        }
    }

    func register(with router: inout RPCRouter<HTTP2ServerTransport.Posix>, _ funnel: Funnel) {
        registration(&router, funnel)
    }
}

extension MethodDescriptor {
    /// Of a service and its method in `peerage.v1`.
    init(operation name: String) {
        let parts = name.split(separator: "/")
        self.init(fullyQualifiedService: "peerage.v1.\(parts[0])", method: String(parts[1]))
    }
}
