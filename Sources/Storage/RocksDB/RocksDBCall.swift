import CRocksDB
import Storage

/// Calls into RocksDB with an error pointer, and turns what it says into a `StorageError`.
func rocksDB<Value>(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Value) throws(StorageError) -> Value
{
    var message: UnsafeMutablePointer<CChar>?
    let value = body(&message)
    guard let message else { return value }
    defer { rocksdb_free(message) }
    throw StorageError(engineMessage: String(cString: message))
}

extension StorageError {
    /// What RocksDB's words mean to the caller.
    init(engineMessage message: String) {
        if message.contains("No space left") || message.contains("NoSpace") || message.contains("Space limit") {
            self = .full(message)
        } else if message.contains("lock") && message.contains("LOCK") {
            self = .locked(message)
        } else if message.contains("Corruption") {
            self = .corrupted(message)
        } else {
            self = .failed(message)
        }
    }
}

extension [UInt8] {
    /// The bytes as RocksDB takes them.
    func withCharacters<Value>(_ body: (UnsafePointer<CChar>?, Int) -> Value) -> Value {
        withUnsafeBytes { body($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
    }
}
