import AsyncHTTPClient
import Crypto
import Models
import NIOCore
import NIOHTTP1

/// The requests that a large catalog is made of, and asked with. Models, cards and their words follow from numbers.
struct CatalogRequests: Sendable {
    /// URLs of the nodes.
    let servers: [String]
    let token: String

    static let projects = 10
    static let cards = 50
    static let tasks = ["ner", "ranking", "translation", "summarisation", "detection"]
    private static let frameworks = ["pytorch", "onnx", "jax"]
    private static let licences = ["mit", "apache-2.0", "cc-by-4.0"]
    static let words = [
        "invoice", "street", "protein", "weather", "legal", "medical", "poetry", "satellite", "speech", "market",
    ]

    func registration(of model: Int, version: Int, at node: Int) -> HTTPClientRequest {
        let card = Self.card(model % Self.cards)
        var request = request(.POST, node, "projects/\(Self.project(model))/models/m-\(model)/versions")
        let task = Self.tasks[model % Self.tasks.count]
        request.body = .bytes(
            ByteBuffer(
                string: """
                    {"files": [{"path": "README.md", "size": \(card.count), "sha256": "\(Digest(of: card))"}],
                     "metadata": {"task": "\(task)", "framework": "\(Self.frameworks[model % Self.frameworks.count])",
                       "license": "\(Self.licences[model % Self.licences.count])",
                       "metrics": {"f1": \(Double((model * 37 + version) % 1_000) / 1_000)}}, "message": "version \(version)"}
                    """))
        return request
    }

    static func project(_ model: Int) -> String { "team-\(model % projects)" }

    /// About a kilobyte of words that many cards share, and some that few do.
    static func card(_ number: Int) -> [UInt8] {
        var text = "# Card \(number)\n\n"
        for position in 0..<140 { text += words[(number * (position + 3) + position * position) % words.count] + " " }
        return Array((text + "unique\(number)\n").utf8)
    }

    func request(_ method: HTTPMethod, _ node: Int, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "\(servers[node % servers.count])/api/v1/\(path)")
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        return request
    }
}
