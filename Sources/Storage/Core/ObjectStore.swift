/// Whole objects under names, at a service elsewhere. Calls block, for seconds when the service is slow; each tries again
/// by itself what may pass, and throws `unreachable` when it does not. While a service is known to be away, calls throw at
/// once.
package protocol ObjectStore: Sendable {
    /// Stores `bytes` as `name`, in place of what was there. They are safe when the call returns.
    func put(_ name: String, _ bytes: [UInt8]) throws(StorageError)

    /// The bytes of `range`, which is not empty, of an object that has `size`; fewer where the object ends before; nil only
    /// when the service says that there is no such object, or it has another size.
    func read(_ name: String, _ range: Range<Int>, of size: Int) throws(StorageError) -> [UInt8]?

    /// Removes an object; nothing happens when there is none.
    func remove(_ name: String) throws(StorageError)

    /// The names that begin with `prefix`. What was written or removed just now may be missing or still there.
    func names(_ prefix: String) throws(StorageError) -> [String]
}
