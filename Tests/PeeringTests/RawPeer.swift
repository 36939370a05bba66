import Glibc
import NIOCore
import NIOPosix
import NIOSSL

@testable import Peering

/// Connects with good credentials, says `bytes`, and returns every frame that came until the other end closed.
func speak(_ bytes: [UInt8], to host: String, _ port: Int, with credentials: PeerCredentials) async throws -> [Frame] {
    let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .connect(host: host, port: port) { channel in
            channel.eventLoop.makeCompletedFuture {
                let tls = try NIOSSLClientHandler(context: credentials.client, serverHostname: nil)
                try channel.pipeline.syncOperations.addHandler(tls)
                return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
    var (frames, reader): ([Frame], FrameReader) = ([], FrameReader(maximumBytes: 1 << 16))
    try await client.executeThenClose { inbound, outbound in
        if !bytes.isEmpty { try await outbound.write(ByteBuffer(bytes: bytes)) }
        do {
            for try await var buffer in inbound {
                reader.append(&buffer)
                while let frame = try reader.next() { frames.append(frame) }
            }
        } catch let error as NIOSSLError where error == .uncleanShutdown {
            // It closed without a goodbye: what came before is what counts.
            return
        } catch let error as IOError where error.errnoCode == ECONNRESET {
            // Cut before TLS was up.
            return
        }
    }
    return frames
}
