import Foundation

/// Runs blocking file operations on threads of their own: the cooperative pool may have as few as two.
enum FileQueue {
    private static let queue = DispatchQueue(label: "peerage.files", attributes: .concurrent)

    /// Runs `body` and waits for it without holding a thread. Callers bound how many run at once.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(ClientError) -> Value
    ) async throws(ClientError) -> Value {
        let result: Result<Value, ClientError> = await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Result(catching: body)) }
        }
        return try result.get()
    }
}
