import NIOPosix
import Storage

extension RegistryService {
    /// Runs disk work and hashing on the threads kept for it.
    func onThreads<Value: Sendable>(_ body: @escaping @Sendable () throws(StorageError) -> Value)
        async throws(ServiceError) -> Value
    {
        do {
            return try await parts.threads.runIfActive { try body() }
        } catch let error as StorageError {
            throw ServiceError(error)
        } catch {
            throw .nodeUnavailable("this node is stopping")
        }
    }
}
