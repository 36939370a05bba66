// swift-tools-version: 6.2
import PackageDescription

/// One list, bottom-up: a target may depend only on targets above it here. `TidyTests` compares every `import` with
/// the layer table of `architecture.md`.
let package = Package(
    name: "peerage",
    products: [
        .executable(name: "peerage", targets: ["peerage"]),
        .executable(name: "peerage-simulate", targets: ["peerage-simulate"]),
        .executable(name: "peerage-bench", targets: ["peerage-bench"]),
        .library(name: "PeerageClient", targets: ["PeerageClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
        .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
        .package(url: "https://github.com/grpc/grpc-swift-protobuf", from: "2.4.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // System libraries and C.
        .systemLibrary(name: "CRocksDB", path: "Sources/CRocksDB", providers: [.apt(["librocksdb-dev"])]),
        .systemLibrary(name: "CZstd", path: "Sources/CZstd", providers: [.apt(["libzstd-dev"])]),
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CPCRE2", path: "Sources/CPCRE2", providers: [.apt(["libpcre2-dev"])]),
        .systemLibrary(name: "CMalloc", path: "Sources/CMalloc"),
        .target(name: "CBlake3", path: "Sources/CBlake3"),
        .target(name: "CGRPCDescriptors", path: "Sources/API/GRPCDescriptors", exclude: ["descriptors.bin"]),
        // Layer 0
        .target(name: "Models", dependencies: [.crypto]),
        .target(name: "Consensus"),
        .target(name: "Storage", path: "Sources/Storage/Core"),
        // Layer 1
        .target(name: "StorageRocksDB", dependencies: ["Storage", "CRocksDB"], path: "Sources/Storage/RocksDB"),
        .target(name: "Migrations", dependencies: ["Storage"]),
        .target(name: "Chunking", dependencies: ["Models", "CBlake3", "CZstd", .crypto]),
        .target(name: "StoragePacks", dependencies: ["Storage", "Chunking"], path: "Sources/Storage/Packs"),
        .target(
            name: "StorageS3",
            dependencies: [
                "Storage", .crypto, .nioCore, .nioHTTP1, .nioSSL,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ], path: "Sources/Storage/S3"),
        .target(name: "Inspection", dependencies: ["Models", "CZlib"]),
        .target(name: "ModelCards", dependencies: ["Models", .product(name: "Yams", package: "Yams")]),
        .target(name: "Schemas", dependencies: ["Models", "CPCRE2"]),
        .target(name: "Search", dependencies: [.grdb]),
        .target(name: "AuditLog", dependencies: ["Models", .crypto]),
        .target(name: "Registry", dependencies: ["Models", "Storage", .crypto]),
        .target(
            name: "PeerageClient",
            dependencies: [
                "Models", "Chunking", .crypto, .nioCore, .nioSSL, .nioHTTP1,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ], path: "Sources/Client"),
        // Layer 2
        .target(name: "Replication", dependencies: ["Consensus", "Registry", "Models", "Storage"]),
        // Layer 3
        .target(
            name: "Peering",
            dependencies: [
                "Storage", "Chunking", "Models", .crypto, .nioCore, .nioPosix, .nioSSL, .nioTLS, .x509, .asn1, .logging,
            ]),
        .target(name: "Simulation", dependencies: ["Consensus", "Replication", "Registry", "Models", "Storage"]),
        // Layer 4
        .target(
            name: "RegistryService",
            dependencies: [
                "Peering", "Replication", "Consensus", "Registry", "Inspection", "ModelCards", "Schemas", "Search",
                "AuditLog", "Storage", "Chunking",
                "Models",
                .crypto,
                .nioCore,
                .nioPosix, .logging, .metrics,
            ]),
        // Layer 5
        .target(
            name: "RESTAPI",
            dependencies: [
                "RegistryService", "Registry", "Schemas", "Search", "Models", .logging, .metrics, .nioCore,
                .nioHTTPTypes,
                .hummingbird,
                .httpTypes, .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], path: "Sources/API/REST"),
        .target(
            name: "GRPCAPI",
            dependencies: [
                "CGRPCDescriptors", "Models", .httpTypes, .nioCore, .grpcCore, .grpcTransport,
                .product(name: "GRPCProtobuf", package: "grpc-swift-protobuf"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOCertificateReloading", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], path: "Sources/API/GRPC", exclude: ["Protos"]),
        // Layer 6
        .target(
            name: "Node",
            dependencies: [
                "RESTAPI", "GRPCAPI", "RegistryService", "Peering", "Replication", "Registry", "Consensus",
                "PeerageClient", "AuditLog", "Chunking", "Storage",
                "StorageRocksDB", "StoragePacks", "StorageS3", "Migrations", "Models", "CMalloc", .logging, .metrics,
                .crypto,
                .nioCore, .nioPosix,
                .nioSSL, .x509, .grpcCore, .grpcTransport,
                .product(name: "NIOCertificateReloading", package: "swift-nio-extras"),
                .hummingbird, .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "Configuration", package: "swift-configuration"),
            ]),
        // Layer 7
        .target(
            name: "CLI",
            dependencies: [
                "Node", "PeerageClient", "AuditLog", "Schemas", "Models", .crypto, .logging, .argumentParser,
            ]),
        .executableTarget(name: "peerage", dependencies: ["CLI"]),
        .executableTarget(name: "peerage-simulate", dependencies: ["Simulation", .argumentParser]),
        .executableTarget(
            name: "peerage-fuzz",
            dependencies: ["Inspection", "ModelCards", "Models", "Registry", "Schemas", "Search"]),
        .executableTarget(
            name: "peerage-bench",
            dependencies: [
                "PeerageClient", "Consensus", "Chunking", "Storage", "StoragePacks", "StorageRocksDB", "Models",
                .crypto, .nioCore, .nioHTTP1, .nioPosix, .nioSSL,
                .argumentParser, .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]),
        // Tests mirror the targets.
        .testTarget(name: "ModelsTests", dependencies: ["Models"]),
        .testTarget(name: "ConsensusTests", dependencies: ["Consensus"], exclude: ["Transcripts"]),
        .testTarget(
            name: "StorageTests",
            dependencies: [
                "Storage", "StorageRocksDB", "StoragePacks", "StorageS3", "Chunking", "Migrations", .nioCore, .nioHTTP1,
                .nioPosix,
            ]),
        .testTarget(name: "ChunkingTests", dependencies: ["Chunking", "Models"]),
        .testTarget(name: "InspectionTests", dependencies: ["Inspection", "Models"]),
        .testTarget(name: "ModelCardsTests", dependencies: ["ModelCards", "Models"]),
        .testTarget(name: "SchemasTests", dependencies: ["Schemas", "Models"]),
        .testTarget(name: "SearchTests", dependencies: ["Search", .grdb]),
        .testTarget(name: "AuditLogTests", dependencies: ["AuditLog", "Models"]),
        .testTarget(name: "RegistryTests", dependencies: ["Registry", "Models", "Storage"]),
        .testTarget(
            name: "ReplicationTests", dependencies: ["Replication", "Registry", "Consensus", "Models", "Storage"]),
        .testTarget(
            name: "PeeringTests",
            dependencies: ["Peering", "Storage", "Chunking", "Models", .logging, .nioCore, .nioPosix, .nioSSL]),
        .testTarget(name: "SimulationTests", dependencies: ["Simulation"]),
        .testTarget(
            name: "PeerageClientTests", dependencies: ["PeerageClient", "Chunking", "Models", .nioCore, .nioPosix]),
        .testTarget(
            name: "RegistryServiceTests",
            dependencies: ["RegistryService", "Registry", "AuditLog", "Peering", "Models", "Storage", .nioCore]),
        .testTarget(name: "RESTAPITests", dependencies: ["RESTAPI", "RegistryService", "Models", .httpTypes]),
        .testTarget(
            name: "GRPCAPITests",
            dependencies: [
                "GRPCAPI", "Models", .httpTypes, .nioCore, .grpcCore,
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
            ]),
        .testTarget(name: "CLITests", dependencies: ["CLI"]),
        .testTarget(name: "TidyTests"),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .c2x
)

extension Target.Dependency {
    static let asn1 = product(name: "SwiftASN1", package: "swift-asn1")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let nioTLS = product(name: "NIOTLS", package: "swift-nio")
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let grpcCore = product(name: "GRPCCore", package: "grpc-swift-2")
    static let grpcTransport = product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let logging = product(name: "Logging", package: "swift-log")
    static let metrics = product(name: "Metrics", package: "swift-metrics")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTPTypes = product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let x509 = product(name: "X509", package: "swift-certificates")
}

for target in package.targets where target.type != .system && !["CBlake3", "CGRPCDescriptors"].contains(target.name) {
    target.swiftSettings = [
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}
