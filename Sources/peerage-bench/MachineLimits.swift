import Crypto
import Foundation
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// What this machine can do at all, taken in the same run as everything that is divided by it.
struct MachineLimits {
    /// Bytes a second through SHA-256, on one core.
    let sha256: Double
    /// 4 KiB appends a second, each followed by `fdatasync`, one after the other.
    let syncs: Double
    /// Bytes a second through one TLS 1.3 connection over loopback, and processor seconds per GiB for both ends.
    let tls: (bytesPerSecond: Double, processorSecondsPerGiB: Double)

    static func measure(in directory: URL, cluster: BenchCluster) async throws -> MachineLimits {
        MachineLimits(
            sha256: measureSHA256(), syncs: try measureSyncs(in: directory),
            tls: try await TLSLoopback.measure(
                certificates: cluster.certificates(of: cluster.sites[0]), authority: cluster.authority))
    }

    static func measureSHA256() -> Double {
        let block = [UInt8](repeating: 0x5A, count: 4 << 20)
        let start = ContinuousClock.now
        var (hash, bytes) = (SHA256(), 0)
        while start.duration(to: .now) < .seconds(1) {
            hash.update(data: block)
            bytes += block.count
        }
        let elapsed = start.duration(to: .now).inSeconds
        precondition(hash.finalize().description.isEmpty == false)
        return Double(bytes) / elapsed
    }

    private static func measureSyncs(in directory: URL) throws -> Double {
        let path = directory.appending(path: "syncs").path
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard file >= 0 else { throw BenchFailure("\(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        let block = [UInt8](repeating: 0x5A, count: 4_096)
        let start = ContinuousClock.now
        var count = 0
        while start.duration(to: .now) < .seconds(2) {
            guard write(file, block, block.count) == block.count, fdatasync(file) == 0 else {
                throw BenchFailure("\(path): \(String(cString: strerror(errno)))")
            }
            count += 1
        }
        return Double(count) / start.duration(to: .now).inSeconds
    }
}

/// One connection from this process to itself.
enum TLSLoopback {
    private static let bytes = 2 << 30
    private static let pieceBytes = 256 << 10

    static func measure(certificates: URL, authority: URL) async throws -> (Double, Double) {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let chain = try NIOSSLCertificate.fromPEMFile(certificates.appending(path: "node.pem").path)
        let key = try NIOSSLPrivateKey(file: certificates.appending(path: "node-key.pem").path, format: .pem)
        let server = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key)))
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authority.path))
        let client = try NIOSSLContext(configuration: configuration)
        let received = group.next().makePromise(of: Void.self)
        let listener = try await ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([
                    NIOSSLServerHandler(context: server), Sink(bytes: bytes, done: received),
                ])
            }
        }.bind(host: "127.0.0.1", port: 0).get()
        let sender = try await ClientBootstrap(group: group).connect(
            to: listener.localAddress ?? .init(ipAddress: "127.0.0.1", port: 0)
        ) {
            channel in
            channel.eventLoop.makeCompletedFuture {
                let tls = try NIOSSLClientHandler(context: client, serverHostname: nil)
                try channel.pipeline.syncOperations.addHandler(tls)
                return channel
            }
        }
        let (start, used) = (ContinuousClock.now, BenchProcess.processorSeconds(of: getpid()))
        let piece = ByteBuffer(repeating: 0x5A, count: pieceBytes)
        // A few pieces under way: the kernel's buffers are full, memory is not.
        for batch in stride(from: 0, to: bytes, by: 16 * pieceBytes) {
            for _ in 1..<min(16, (bytes - batch) / pieceBytes) { sender.write(piece, promise: nil) }
            try await sender.writeAndFlush(piece).get()
        }
        try await received.futureResult.get()
        let (elapsed, spent) = (start.duration(to: .now).inSeconds, BenchProcess.processorSeconds(of: getpid()) - used)
        try await sender.close().get()
        try await listener.close().get()
        try await group.shutdownGracefully()
        return (Double(bytes) / elapsed, spent / (Double(bytes) / Double(1 << 30)))
    }

    /// Counts what comes.
    private final class Sink: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private var rest: Int
        private let done: EventLoopPromise<Void>

        init(bytes: Int, done: EventLoopPromise<Void>) {
            rest = bytes
            self.done = done
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            rest -= unwrapInboundIn(data).readableBytes
            if rest <= 0 { done.succeed() }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            done.fail(error)
            context.close(promise: nil)
        }
    }
}
