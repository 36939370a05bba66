/// A row of the layer table: what the sources of one folder may import.
struct Layer: Sendable {
    let target: String
    let folder: String
    /// Targets of this package.
    let targets: Set<String>
    /// Modules of other packages, of the system and of the standard library.
    let modules: Set<String>

    private init(_ target: String, in folder: String, targets: Set<String> = [], modules: Set<String> = []) {
        self.target = target
        self.folder = "Sources/\(folder)/"
        self.targets = targets
        self.modules = modules
    }

    /// The table, bottom-up: a row may name only targets of the rows above it. Foundation is absent from the
    /// deterministic layers: its formatting, dates and collections differ between platforms and versions.
    static let all: [Layer] = [
        // Layer 0
        Layer("Models", in: "Models", modules: ["Crypto"]),
        Layer("Consensus", in: "Consensus"),
        Layer("Storage", in: "Storage/Core", modules: ["Synchronization"]),
        // Layer 1
        Layer(
            "StorageRocksDB", in: "Storage/RocksDB", targets: ["Storage"],
            modules: ["CRocksDB", "Glibc", "Synchronization"]),
        Layer("Migrations", in: "Migrations", targets: ["Storage"]),
        Layer(
            "Chunking", in: "Chunking", targets: ["Models"],
            modules: ["CBlake3", "CZstd", "Crypto", "Glibc", "Synchronization"]),
        Layer(
            "StoragePacks", in: "Storage/Packs", targets: ["Storage", "Chunking"],
            modules: ["Glibc", "Synchronization"]),
        Layer(
            "StorageS3", in: "Storage/S3", targets: ["Storage"],
            modules: [
                "AsyncHTTPClient", "Crypto", "Foundation", "FoundationXML", "NIOCore", "NIOHTTP1", "NIOSSL",
                "Synchronization",
            ]),
        Layer("Inspection", in: "Inspection", targets: ["Models"], modules: ["CZlib"]),
        Layer("ModelCards", in: "ModelCards", targets: ["Models"], modules: ["CYaml"]),
        Layer("Schemas", in: "Schemas", targets: ["Models"], modules: ["CPCRE2", "Foundation"]),
        Layer("Search", in: "Search", modules: ["Foundation", "GRDB", "Glibc", "Synchronization"]),
        Layer("AuditLog", in: "AuditLog", targets: ["Models"], modules: ["Crypto", "Foundation"]),
        Layer("Registry", in: "Registry", targets: ["Models", "Storage"], modules: ["Crypto"]),
        Layer(
            "PeerageClient", in: "Client", targets: ["Models", "Chunking"],
            modules: ["AsyncHTTPClient", "Crypto", "Foundation", "NIOCore", "NIOHTTP1", "NIOSSL", "Synchronization"]),
        // Layer 2
        Layer(
            "Replication", in: "Replication", targets: ["Consensus", "Registry", "Models", "Storage"],
            modules: ["Glibc", "Synchronization"]),
        // Layer 3
        Layer(
            "Peering", in: "Peering", targets: ["Replication", "Consensus", "Storage", "Chunking", "Models"],
            modules: [
                "Crypto", "Foundation", "Logging", "NIOCore", "NIOPosix", "NIOSSL", "SwiftASN1", "Synchronization",
                "X509",
            ]),
        Layer(
            "Simulation", in: "Simulation", targets: ["Consensus", "Replication", "Registry", "Models", "Storage"],
            modules: ["Glibc", "Synchronization"]),
        // Layer 4
        Layer(
            "RegistryService", in: "RegistryService",
            targets: [
                "Peering", "Replication", "Registry", "Inspection", "ModelCards", "Schemas", "Search", "AuditLog",
                "Consensus", "Storage",
                "Chunking",
                "Models",
            ],
            modules: ["Crypto", "Foundation", "Logging", "Metrics", "NIOCore", "NIOPosix", "Synchronization"]),
        // Layer 5
        Layer(
            "RESTAPI", in: "API/REST", targets: ["RegistryService", "Registry", "Schemas", "Search", "Models"],
            modules: [
                "Foundation", "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "Logging", "Metrics",
                "NIOCore", "NIOHTTPTypes", "NIOSSL", "ServiceLifecycle", "Synchronization",
            ]),
        Layer(
            "GRPCAPI", in: "API/GRPC", targets: ["Models"],
            modules: [
                "CGRPCDescriptors", "Foundation", "GRPCCore", "GRPCNIOTransportCore", "GRPCNIOTransportHTTP2Posix",
                "GRPCProtobuf", "HTTPTypes", "HummingbirdCore", "NIOCertificateReloading", "NIOCore",
                "ServiceLifecycle", "SwiftProtobuf", "Synchronization",
            ]),
        // Layer 6
        Layer(
            "Node", in: "Node",
            targets: [
                "RESTAPI", "GRPCAPI", "RegistryService", "Peering", "Replication", "Registry", "Consensus",
                "PeerageClient", "AuditLog",
                "Chunking", "Storage", "StorageRocksDB", "StoragePacks", "StorageS3", "Migrations", "Models",
            ],
            modules: [
                "CMalloc", "Configuration", "Crypto", "Foundation", "GRPCCore", "GRPCNIOTransportHTTP2Posix", "Glibc",
                "Hummingbird", "NIOCertificateReloading", "HummingbirdTLS", "Logging",
                "Metrics",
                "NIOCore", "NIOPosix", "NIOSSL", "ServiceLifecycle", "SwiftASN1", "Synchronization", "SystemPackage",
                "UnixSignals", "X509",
            ]),
        // Layer 7
        Layer(
            "CLI", in: "CLI", targets: ["Node", "PeerageClient", "AuditLog", "Schemas", "Models"],
            modules: ["ArgumentParser", "Crypto", "Foundation", "Glibc", "Logging", "Synchronization"]),
        Layer("peerage", in: "peerage", targets: ["CLI"]),
        Layer(
            "peerage-simulate", in: "peerage-simulate", targets: ["Simulation"],
            modules: ["ArgumentParser", "Foundation", "Glibc"]),
        Layer(
            "peerage-fuzz", in: "peerage-fuzz",
            targets: ["Inspection", "ModelCards", "Models", "Registry", "Schemas", "Search"],
            modules: ["Foundation", "Synchronization"]),
        Layer(
            "peerage-bench", in: "peerage-bench",
            targets: ["PeerageClient", "Consensus", "Chunking", "Storage", "StoragePacks", "StorageRocksDB", "Models"],
            modules: [
                "ArgumentParser", "AsyncHTTPClient", "Crypto", "Foundation", "Glibc", "NIOCore", "NIOHTTP1",
                "NIOPosix", "NIOSSL", "Synchronization",
            ]),
    ]

    /// Folders of C, which import nothing of Swift.
    static let foldersOfC = ["Sources/CRocksDB/", "Sources/CBlake3/", "Sources/CMalloc/"]

    static func layer(of path: String) -> Layer? { all.first { path.hasPrefix($0.folder) } }
}

extension Layer {
    /// Imports of `source` that its layer does not allow.
    static func violations(in source: SourceFile) -> [Violation] {
        guard let layer = layer(of: source.path) else {
            return [source.violation(0, "this folder has no row in the layer table of Tests/TidyTests/Layer.swift")]
        }
        return source.lines.enumerated().compactMap { index, line in
            guard let module = importedModule(line.code), !layer.targets.contains(module),
                !layer.modules.contains(module)
            else { return nil }
            return source.violation(index, "\(layer.target) may not import \(module): see the layer table")
        }
    }

    /// The module of `@attribute access import kind Module.Symbol`.
    static func importedModule(_ code: String) -> String? {
        guard code.contains("import ") else { return nil }
        let words = code.split(whereSeparator: { $0 == " " || $0 == ";" })
        guard let position = words.firstIndex(of: "import"), words.count > position + 1 else { return nil }
        let access: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
        guard words[..<position].allSatisfy({ $0.hasPrefix("@") || access.contains($0) }) else { return nil }
        let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        let name = kinds.contains(words[position + 1]) ? words.dropFirst(position + 2).first : words[position + 1]
        return name.map { String($0.prefix { $0 != "." }) }
    }
}
