import Dispatch
import Foundation
import NIOHTTP1
import Storage
import StorageS3
import Testing

@Suite("Object stores")
struct ObjectStoreTests {
    enum Implementation: CaseIterable {
        case memory, s3

        func withStore(_ body: (any ObjectStore) throws -> Void) async throws {
            switch self {
            case .memory: try body(MemoryObjectStore())
            case .s3: try await withBucket { store, _ in try body(store) }
            }
        }
    }

    @Test("What was put is read, whole and in part, and gone once it is removed", arguments: Implementation.allCases)
    func reads(implementation: Implementation) async throws {
        try await implementation.withStore { store in
            let content = (0..<100).map { UInt8($0) }
            try store.put("a/1", content)
            for range in [0..<100, 0..<1, 99..<100, 17..<40] {
                #expect(try store.read("a/1", range, of: 100) == Array(content[range]))
            }
            // The end of what is asked for may lie behind the object's.
            #expect(try store.read("a/1", 90..<120, of: 100) == Array(content[90...]))
            try store.put("a/1", [7])
            #expect(try store.read("a/1", 0..<1, of: 1) == [7])
            for _ in 0..<2 { try store.remove("a/1") }
            #expect(try store.read("a/1", 0..<1, of: 1) == nil)
        }
    }

    @Test("An object of another size is not the object", arguments: Implementation.allCases, [99, 101, 1_000])
    func otherSize(implementation: Implementation, size: Int) async throws {
        try await implementation.withStore { store in
            try store.put("a", [UInt8](repeating: 1, count: 100))
            #expect(try store.read("a", 10..<20, of: size) == nil)
            #expect(try store.read("a", (size - 1)..<size, of: size) == nil)
        }
    }

    @Test("Names are listed by their beginning, however many there are", arguments: Implementation.allCases)
    func listing(implementation: Implementation) async throws {
        try await implementation.withStore { store in
            for name in ["p/5", "p/1", "p/3", "p/2", "p/4", "q/1", "p &=+/é"] { try store.put(name, [1]) }
            #expect(try store.names("p/").sorted() == ["p/1", "p/2", "p/3", "p/4", "p/5"])
            #expect(try store.names("p &=+").sorted() == ["p &=+/é"])
            #expect(try store.names("r") == [])
        }
    }

    @Test(
        "What passes is tried again, and what does not is told in words",
        arguments: [
            ([.status(.serviceUnavailable, code: "SlowDown"), .status(.tooManyRequests, code: "")], nil, 3),
            ([.cutBody], nil, 2), ([.noRanges], nil, 1),
            ([.status(.forbidden, code: "AccessDenied")], "403 AccessDenied. Check the keys", 1),
            ([.status(.notFound, code: "NoSuchBucket")], "404 NoSuchBucket", 1),
            ([.status(.movedPermanently, code: "PermanentRedirect")], "301 PermanentRedirect", 1),
            ([.status(.internalServerError, code: ""), .silence, .silence], "does not answer", 3),
        ] as [([BucketServer.Fault], String?, Int)])
    func faults(faults: [BucketServer.Fault], problem: String?, requests: Int) async throws {
        try await withBucket { store, server in
            try store.put("a", [1, 2, 3, 4])
            server.fail(with: faults)
            let before = server.requests.count
            if let problem {
                let error = #expect(throws: StorageError.self) { try store.read("a", 1..<3, of: 4) }
                guard case .unreachable(let detail) = error else { throw TestFailure("\(String(describing: error))") }
                #expect(detail.contains(problem))
            } else {
                #expect(try store.read("a", 1..<3, of: 4) == [2, 3])
            }
            #expect(server.requests.count - before == requests)
        }
    }

    @Test("A service that was asked in vain is not asked again for a while")
    func away() async throws {
        try await withBucket { store, server in
            server.fail(with: [
                .status(.badGateway, code: ""), .status(.badGateway, code: ""), .status(.badGateway, code: ""),
            ])
            #expect(throws: StorageError.self) { try store.put("a", [1]) }
            let asked = server.requests.count
            #expect(throws: StorageError.self) { try store.put("a", [1]) }
            #expect(throws: StorageError.self) { try store.names("") }
            #expect(server.requests.count == asked)
        }
    }

    @Test("Stopped, it asks nobody")
    func stopped() async throws {
        try await withBucket { store, server in
            store.stop()
            #expect(throws: StorageError.unreachable("the node stops")) { try store.put("a", [1]) }
            #expect(server.requests.isEmpty)
        }
    }
}

private struct TestFailure: Error {
    let text: String
    init(_ text: String) { self.text = text }
}

/// A store whose service is in this process; pauses and patience are short.
private func withBucket(_ body: (S3ObjectStore, BucketServer) throws -> Void) async throws {
    let server = BucketServer()
    try await server.start()
    let endpoint = try #require(URL(string: "http://127.0.0.1:\(server.port)"))
    let store = try S3ObjectStore(
        S3Configuration(
            endpoint: endpoint, bucket: "bucket", region: "here", prefix: "", accessKey: "key", secretKey: "secret",
            sessionToken: nil, certificateAuthority: nil),
        pauses: [.milliseconds(1), .milliseconds(1)], silence: .seconds(3))
    do {
        try await withTaskExecutorPreference(BlockingThread()) { try await run(body, store, server) }
    } catch {
        await store.shutdown()
        try await server.stop()
        throw error
    }
    await store.shutdown()
    try await server.stop()
}

@concurrent
private func run(
    _ body: (S3ObjectStore, BucketServer) throws -> Void, _ store: S3ObjectStore, _ server: BucketServer
) async throws {
    try body(store, server)
}

/// Where a test may block: on the shared threads it would keep others from what it waits for.
private final class BlockingThread: TaskExecutor {
    private let queue = DispatchQueue(label: "test that blocks")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
