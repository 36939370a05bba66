import CGRPCDescriptors
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GRPCProtobuf
import SwiftProtobuf

/// `grpc.reflection.v1`: what this server serves, from the descriptors of its `.proto` files.
struct Reflection: Sendable {
    /// The descriptors, encoded, by the names of their files.
    private var files: [String: Data] = [:]
    /// Which file has a symbol.
    private var places: [String: String] = [:]
    /// All services.
    private(set) var services: [String] = []

    init() {
        do { for file in try Self.descriptors() { try add(file) } } catch {
            preconditionFailure("the embedded descriptors cannot be read: \(error)")
        }
    }

    /// The descriptors that are built in, what others import first.
    static func descriptors() throws -> [Google_Protobuf_FileDescriptorProto] {
        let bytes = Data(bytes: peerage_grpc_descriptors(), count: peerage_grpc_descriptors_size)
        return try Google_Protobuf_FileDescriptorSet(serializedBytes: bytes).file
    }

    private mutating func add(_ file: Google_Protobuf_FileDescriptorProto) throws {
        files[file.name] = try file.serializedData()
        let prefix = file.package.isEmpty ? "" : file.package + "."
        func add(_ message: Google_Protobuf_DescriptorProto, below prefix: String) {
            places[prefix + message.name] = file.name
            for inner in message.nestedType { add(inner, below: prefix + message.name + ".") }
            for inner in message.enumType { places[prefix + message.name + "." + inner.name] = file.name }
        }
        for message in file.messageType { add(message, below: prefix) }
        for one in file.enumType { places[prefix + one.name] = file.name }
        for service in file.service {
            services.append(prefix + service.name)
            places[prefix + service.name] = file.name
            for method in service.method { places[prefix + service.name + "." + method.name] = file.name }
        }
    }

    func register(with router: inout RPCRouter<HTTP2ServerTransport.Posix>) {
        router.registerHandler(
            forMethod: MethodDescriptor(
                fullyQualifiedService: "grpc.reflection.v1.ServerReflection", method: "ServerReflectionInfo"),
            deserializer: ProtobufDeserializer<Grpc_Reflection_V1_ServerReflectionRequest>(),
            serializer: ProtobufSerializer<Grpc_Reflection_V1_ServerReflectionResponse>()
        ) { request, _ in
            StreamingServerResponse { writer in
                for try await message in request.messages { try await writer.write(answer(message)) }
                return [:]
            }
        }
    }

    private func answer(
        _ request: Grpc_Reflection_V1_ServerReflectionRequest
    ) -> Grpc_Reflection_V1_ServerReflectionResponse {
        var response = Grpc_Reflection_V1_ServerReflectionResponse()
        response.validHost = request.host
        response.originalRequest = request
        switch request.messageRequest {
        case .listServices: response.listServicesResponse.service = services.map { name in .with { $0.name = name } }
        case .fileByFilename(let name): describe(name, in: &response)
        case .fileContainingSymbol(let symbol): describe(places[symbol], in: &response)
        case .fileContainingExtension, .allExtensionNumbersOfType, nil: describe(nil, in: &response)
        }
        return response
    }

    private func describe(_ name: String?, in response: inout Grpc_Reflection_V1_ServerReflectionResponse) {
        guard let name, let bytes = files[name] else {
            response.errorResponse.errorCode = Int32(RPCError.Code.notFound.rawValue)
            response.errorResponse.errorMessage = "there is no such file or symbol here"
            return
        }
        response.fileDescriptorResponse.fileDescriptorProto = [bytes]
    }
}
