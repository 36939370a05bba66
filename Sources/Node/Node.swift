import Chunking
import Consensus
import Crypto
import GRPCAPI
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Hummingbird
import HummingbirdTLS
package import Logging
import Metrics
import Migrations
package import Models
import NIOCore
import NIOPosix
import NIOSSL
import Peering
import RESTAPI
import Registry
import RegistryService
import Replication
import ServiceLifecycle
import Storage
import StoragePacks
import StorageRocksDB
import StorageS3
import UnixSignals

/// A node: everything below put together, in the order it depends on each other.
///
/// What it does not do: decide anything. Each part is handed what it works with and knows nothing of the rest.
package enum Node {
    /// This build's version.
    package static let version = "0.1.0"

    /// The present, by this machine's clock.
    package static func now() -> Timestamp { PeerNetwork.wallClock() }

    /// Runs the node until SIGTERM or SIGINT; then it hands leadership over and closes its store.
    package static func run(_ configuration: NodeConfiguration, logger: Logger) async throws {
        let founded = try await Founding(configuration, logger: logger)
        let objects = try configuration.objects?.store(for: founded.place)
        let ending: Result<Void, any Error>
        do { ending = .success(try await run(configuration, founded, objects, logger: logger)) } catch {
            ending = .failure(error)
        }
        await objects?.shutdown()
        try ending.get()
        logger.notice("stopped")
    }

    private static func run(
        _ configuration: NodeConfiguration, _ founded: Founding, _ objects: S3ObjectStore?, logger: Logger
    ) async throws {
        let place = founded.place

        if let warning = founded.credentials.current.expiryWarning(at: PeerNetwork.wallClock()) {
            logger.warning("\(warning)")
        }

        let node = try openStore(
            at: configuration.dataDirectory, for: place,
            objects: objects.map { PackObjects(store: $0, keptBytes: configuration.objects?.keptBytes) }, logger: logger
        )
        defer { node.close() }
        if let settings = configuration.objects { try node.chunks.checkPlace(settings.address(for: place)) }
        let (store, chunks) = (node.records, node.chunks)
        let incarnation = try Lifetime.countStart(in: store)

        let group = MultiThreadedEventLoopGroup.singleton
        // Who waits for an object store holds a thread meanwhile.
        let threads = NIOThreadPool(numberOfThreads: max(objects == nil ? 4 : 16, System.coreCount))
        threads.start()
        let searchThreads = NIOThreadPool(numberOfThreads: 2)
        searchThreads.start()

        let reception = PeerReception(logger: logger)
        let peers = PeerNetwork(
            configuration: try place.network(
                credentials: founded.credentials.current, limits: configuration.peerLimits),
            handler: reception, chunks: chunks, threads: threads, group: group, logger: logger)
        let replica = try ReplicaLoop(configuration: place.replica, store: store) { messages, member in
            peers.send(messages.map(\.canonicalBytes), to: member.rawValue)
        }
        let service = RegistryService(
            .init(
                identity: place.identity, member: place.node.member, replica: replica, store: store, chunks: chunks,
                peers: peers, threads: threads, searchThreads: searchThreads,
                place: founded.nodePlace(
                    incarnation: incarnation, dataDirectory: configuration.dataDirectory, store: store, logger: logger),
                signer: try AuditKeyFile.signer(of: place.identity, in: configuration.dataDirectory),
                endpoint: place.node.api.endpoint, keeping: configuration.keeping, version: version, logger: logger,
                now: PeerNetwork.wallClock))
        reception.open(replica: replica, service: service)

        let surfaces = try surfaces(service, replica, founded, grpc: configuration.grpc, logger: logger)

        let work: [@Sendable () async -> Void] = [
            { await service.establish(place.founding) }, service.belong, service.replenish, service.collect,
            { await service.index(at: configuration.dataDirectory + "/search") }, service.purge, service.keepAuditTree,
            { await service.scrub(every: configuration.scrubPeriod) },
            { for await failure in chunks.failures { replica.abandon(failure.description) } },
            ObjectMoving(chunks: chunks, objects: objects, threads: threads, logger: logger).run,
            { await founded.credentials.watch(logger, renew: peers.renew) },
        ]
        // Stopped in the reverse order: the API first, then leadership is handed over, then the links close.
        let services = ServiceGroup(
            configuration: .init(
                services: [
                    .background(service.reclaim), .init(service: Links(peers: peers)),
                    .init(service: ReplicaService(replica: replica)),
                ] + work.map { .background($0) } + surfaces,
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        let ending: Result<Void, any Error>
        do { ending = .success(try await services.run()) } catch { ending = .failure(error) }
        try await threads.shutdownGracefully()
        try await searchThreads.shutdownGracefully()
        try ending.get()
    }

    /// What clients reach, each on its port.
    private static func surfaces(
        _ service: RegistryService, _ replica: ReplicaLoop, _ founded: Founding, grpc: Topology.Address?,
        logger: Logger
    ) throws -> [ServiceGroupConfiguration.ServiceConfiguration] {
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        let api = RESTAPI(service: service, metrics: { metrics.text(gauges: replica.gauges) })
        var surfaces: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: try application(api, founded, logger: logger))
        ]
        if let grpc {
            surfaces.append(.init(service: try GRPCService(at: grpc, api, founded.credentials, logger: logger)))
        }
        return surfaces
    }

    /// The API on its port.
    private static func application(
        _ api: RESTAPI, _ founded: Founding, logger: Logger
    ) throws -> some Service {
        let address = founded.place.node.api
        return Application(
            router: api.router(),
            server: try .tls(
                .http1(
                    configuration: .init(
                        additionalChannelHandlers: [ContinueHandler()], idleTimeout: .seconds(120))),
                tlsConfiguration: founded.credentials.apiConfiguration),
            configuration: .init(
                address: .hostname(address.host, port: address.port), serverName: "peerage/\(version)"),
            onServerRunning: { _ in logger.notice("serving at https://\(address)") },
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), logger: logger)
    }

    private static func openStore(
        at directory: String, for place: Place, objects: PackObjects?, logger: Logger
    ) throws -> NodeStore {
        let store = try NodeStore(at: directory + "/store", objects: objects, logger: logger)
        guard objects != nil || store.chunks.remoteCount == 0 else {
            throw NodeConfiguration.Invalid(
                "\(store.chunks.remoteCount) packs of this node lie in an object store. Start it with --object-endpoint and --object-bucket; with --object-cache-gigabytes all it brings them back"
            )
        }
        try Migrations.run(on: store.records)
        try place.storeIdentity.check(in: store.records)
        try store.adoptBlobs(logger)
        return store
    }
}

/// The links to the other nodes as a service: they outlive the replica, which needs them to hand leadership over.
private struct Links: Service {
    let peers: PeerNetwork

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await peers.run() }
    }
}

/// The gRPC surface as a service.
private struct GRPCService: Service {
    let server: GRPCServer<HTTP2ServerTransport.Posix>
    let address: Topology.Address
    let logger: Logger

    init(at address: Topology.Address, _ api: RESTAPI, _ credentials: CredentialsFile, logger: Logger) throws {
        server = try GRPCAPI.server(
            at: address.host, port: address.port, certificates: credentials, answer: api.answering(logger: logger))
        self.address = address
        self.logger = logger
    }

    func run() async throws {
        try await withGracefulShutdownHandler {
            logger.notice("serving gRPC at \(address)")
            try await server.serve()
        } onGracefulShutdown: {
            server.beginGracefulShutdown()
        }
    }
}

/// The replica as a service: started with the group, stopped with a transfer of leadership.
private struct ReplicaService: Service {
    let replica: ReplicaLoop

    func run() async throws {
        replica.start()
        // The store is closed behind this: the replica ends first, also when another service failed.
        let ending: Result<Void, any Error>
        do { ending = .success(try await gracefulShutdown()) } catch { ending = .failure(error) }
        await replica.stop()
        try ending.get()
    }
}

extension ServiceGroupConfiguration.ServiceConfiguration {
    /// Work that may end before the node does.
    fileprivate static func background(_ work: @escaping @Sendable () async -> Void) -> Self {
        .init(service: Background(work: work), successTerminationBehavior: .ignore)
    }
}

/// Work beside the requests, ended when the node stops.
private struct Background: Service {
    let work: @Sendable () async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown { await work() }
    }
}

extension ReplicaLoop {
    /// Where the replica stands, for `/metrics`.
    fileprivate var gauges: KeyValuePairs<String, Double> {
        let status = status
        return [
            "peerage_raft_term": Double(status.term),
            "peerage_raft_commit_index": Double(status.commitIndex),
            "peerage_raft_applied_index": Double(status.appliedIndex),
            "peerage_raft_is_leader": status.role == .leader ? 1 : 0,
            "peerage_raft_has_leader": status.leader == nil ? 0 : 1,
            "peerage_healthy": health == .running ? 1 : 0,
        ]
    }
}

extension Founding {
    /// What the service must know of this node's place.
    fileprivate func nodePlace(
        incarnation: UInt64, dataDirectory: String, store: RocksDBStore, logger: Logger
    ) -> NodePlace {
        var generator = SystemRandomNumberGenerator()
        return NodePlace(
            peer: place.node.peer, founders: place.founders, incarnation: incarnation, drawn: generator.next(),
            authorityDirectory: place.authorityDirectory, authorityPEM: { credentials.authorityPEM },
            certificateExpires: { credentials.current.expires },
            disk: { DataDirectory.space(at: dataDirectory) },
            rememberRemoval: {
                do { try Lifetime.end(in: store) } catch {
                    logger.error("that this node was removed cannot be remembered: \(error)")
                }
            })
    }
}
