import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// One MLflow server over SQLite, as people begin with it: the registry that everybody knows. It is asked over HTTP
/// without TLS, which spares it what Peerage pays.
final class MLflowServer {
    private let process: BenchProcess
    let requests: MLflowRequests

    /// Starts MLflow; nil when it is not installed.
    init?(in home: URL) throws {
        guard let mlflow = try FileServer.executable("mlflow") else { return nil }
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let port = try freePorts(1)[0]
        requests = MLflowRequests(url: "http://127.0.0.1:\(port)/api/2.0/mlflow")
        process = try BenchProcess(
            mlflow,
            [
                "server", "--host", "127.0.0.1", "--port", "\(port)", "--workers", "2", "--backend-store-uri",
                "sqlite:///\(home.path)/mlflow.db", "--artifacts-destination", home.appending(path: "artifacts").path,
            ], log: home.appending(path: "log"))
    }

    /// Returns when it answers: it makes its database first.
    func waitUntilReady(_ client: HTTPClient) async throws {
        let end = ContinuousClock.now + .seconds(180)
        while ContinuousClock.now < end {
            do {
                let answer = try await client.execute(
                    requests.request(.GET, "registered-models/search?max_results=1"), timeout: .seconds(5))
                if answer.status == .ok { return }
            } catch {
                // Nobody listens yet.
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        throw BenchFailure("MLflow does not answer after three minutes:\n\(process.lastWords)")
    }

    /// Registers models with a version each, which an alias names; each has the task that Peerage's has.
    func load(models: Int, _ client: HTTPClient) async throws {
        let (clients, requests) = (8, requests)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<clients {
                group.addTask {
                    for model in stride(from: number, to: models, by: clients) {
                        try await requests.register(model, client)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Asked to end, it waits for processes of its own that do not.
    func stop() { if process.isRunning { process.killGroup() } }
}

/// What it is asked.
struct MLflowRequests: Sendable {
    let url: String

    func register(_ model: Int, _ client: HTTPClient) async throws {
        let task = CatalogRequests.tasks[model % CatalogRequests.tasks.count]
        try await post(
            "registered-models/create", #"{"name": "m-\#(model)", "tags": [{"key": "task", "value": "\#(task)"}]}"#,
            client)
        try await post(
            "model-versions/create", #"{"name": "m-\#(model)", "source": "s3://models/m-\#(model)"}"#, client)
        try await post(
            "registered-models/alias", #"{"name": "m-\#(model)", "alias": "main", "version": "1"}"#, client)
    }

    private func post(_ path: String, _ body: String, _ client: HTTPClient) async throws {
        var request = request(.POST, path)
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: body))
        let answer = try await client.execute(request, timeout: .seconds(60))
        let text = try await answer.body.collect(upTo: 1 << 20)
        guard answer.status == .ok else { throw BenchFailure("MLflow: \(answer.status): \(String(buffer: text))") }
    }

    /// A version by its alias.
    func lookUp(_ model: Int) -> HTTPClientRequest {
        request(.GET, "registered-models/alias?name=m-\(model)&alias=main")
    }

    /// Models by a part of their name, by a tag, and by both.
    func search(_ sequence: Int) -> HTTPClientRequest {
        let task = CatalogRequests.tasks[sequence % CatalogRequests.tasks.count]
        let name = "name%20LIKE%20%27%25m-\(sequence % 997)%25%27"
        let filters = [name, "tags.task%20%3D%20%27\(task)%27", "\(name)%20AND%20tags.task%20%3D%20%27\(task)%27"]
        return request(.GET, "registered-models/search?max_results=20&filter=\(filters[sequence % filters.count])")
    }

    func request(_ method: HTTPMethod, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "\(url)/\(path)")
        request.method = method
        return request
    }
}
