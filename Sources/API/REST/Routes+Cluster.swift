import HTTPTypes
import Models
import Registry
import RegistryService

extension RESTAPI {
    /// The cluster.
    static var clusterRoutes: [Route] {
        [
            Route(
                method: .get, path: "/api/v1/cluster", summary: "Show the cluster's nodes as each tells of itself",
                response: .init(schema: "ClusterStatus")
            ) { call in
                try .json(await call.service.clusterStatus(), index: nil)
            },
            Route(
                method: .post, path: "/api/v1/cluster/transfer",
                summary: "Hand leadership to another voter; asked of the leader", permission: .administer,
                requestBody: .init(schema: "TransferRequest"), response: .init(schema: "ClusterStatus")
            ) { call in
                let request = try await call.body(TransferRequest.self)
                try await call.service.transferLeadership(
                    to: request.to.map { try NodeName($0) }, as: call.principal)
                return try .json(await call.service.clusterStatus(), index: nil)
            },
        ]
    }

    /// Whether the node lives, whether it may serve, and its figures.
    static func healthRoutes(metrics: @escaping @Sendable () -> String) -> [Route] {
        [
            Route(
                method: .get, path: "/healthz", summary: "Whether the process lives", access: .open,
                respond: { _ in .text("alive\n") }),
            Route(
                method: .get, path: "/readyz", summary: "Whether the node may serve; 503 with the reason when not",
                access: .open
            ) { call in
                guard let reason = call.service.unreadiness else { return .text("ready\n") }
                return .text("not ready: \(reason)\n", status: .serviceUnavailable)
            },
            Route(
                method: .get, path: "/metrics", summary: "Figures in Prometheus's text format",
                respond: { _ in .text(metrics(), type: "text/plain; version=0.0.4; charset=utf-8") }),
        ]
    }
}
