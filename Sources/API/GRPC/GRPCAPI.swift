package import GRPCCore
import GRPCNIOTransportCore
package import GRPCNIOTransportHTTP2Posix
package import HummingbirdCore
package import NIOCertificateReloading
import NIOCore

/// The gRPC surface `peerage.v1`: the operations of REST as calls, with streams for bytes and events.
///
/// Each call is a request of REST in other clothes and passes its funnel: what it may do, what is recorded of it and
/// what is wrong with it is decided there and nowhere else (decision 18).
package enum GRPCAPI {
    /// Flow control's window of a stream: with the usual 64 KiB, uploads reach a tenth of what they do with this.
    private static let windowBytes = 16 << 20
    private static let frameBytes = 1 << 20
    /// One message: a registration of 10,000 files has some megabytes.
    private static let messageBytes = 8 << 20

    /// A server, still to be run.
    /// - Parameter answer: answers requests of REST.
    package static func server(
        at host: String, port: Int, certificates: any CertificateReloader,
        answer: @escaping @Sendable (Request) async throws -> Response
    ) throws -> GRPCServer<HTTP2ServerTransport.Posix> {
        var configuration = HTTP2ServerTransport.Posix.Config.defaults
        configuration.http2.targetWindowSize = windowBytes
        configuration.http2.maxFrameSize = frameBytes
        configuration.rpc.maxRequestPayloadSize = messageBytes
        let transport = HTTP2ServerTransport.Posix(
            address: try address(host, port), transportSecurity: try .tls(certificateReloader: certificates),
            config: configuration)
        return GRPCServer(transport: transport, router: router(Funnel(answer: answer)))
    }

    private static func address(_ host: String, _ port: Int) throws -> GRPCNIOTransportCore.SocketAddress {
        let found = try NIOCore.SocketAddress.makeAddressResolvingHost(host, port: port)
        let text = found.ipAddress ?? host
        return found.protocol == .inet6 ? .ipv6(host: text, port: port) : .ipv4(host: text, port: port)
    }

    private static func router(_ funnel: Funnel) -> RPCRouter<HTTP2ServerTransport.Posix> {
        var router = RPCRouter<HTTP2ServerTransport.Posix>()
        for operation in Operation.all { operation.register(with: &router, funnel) }
        Streams(funnel: funnel).register(with: &router)
        let reflection = Reflection()
        Health(funnel: funnel, services: Set(reflection.services)).register(with: &router)
        reflection.register(with: &router)
        return router
    }
}
