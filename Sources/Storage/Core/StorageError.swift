/// What can go wrong below a port, by what the caller would do about it. Each carries the engine's own words.
package enum StorageError: Error, Hashable, Sendable {
    /// No space left. Reads go on; writes may be tried again when there is space.
    case full(String)
    /// The device or engine failed. The store must be closed and opened again; nothing may be assumed of the last
    /// write.
    case failed(String)
    /// What was read is not what was written. The node stops; the record is healed from a peer or a backup.
    case corrupted(String)
    /// A service that holds some of it does not answer, or not as it should. The rest goes on; the same may go well later.
    case unreachable(String)
    /// Another process has the directory open.
    case locked(String)
    /// The directory holds something this build cannot serve: another cluster, or a newer format.
    case incompatible(String)
}

extension StorageError: CustomStringConvertible {
    /// The engine's words.
    package var detail: String {
        switch self {
        case .full(let detail), .failed(let detail), .corrupted(let detail), .unreachable(let detail),
            .locked(let detail), .incompatible(let detail):
            detail
        }
    }

    package var description: String {
        switch self {
        case .full(let detail): "the disk is full: \(detail). Free space; the node resumes by itself"
        case .failed(let detail): "the store failed: \(detail). Check the disk, then restart the node"
        case .corrupted(let detail): "the store is damaged: \(detail). Restore this node from its peers or a backup"
        case .unreachable(let detail):
            "\(detail). When the object store answers again, the node goes on by itself"
        case .locked(let detail): "the data directory is in use: \(detail). Stop the other process first"
        case .incompatible(let detail): "the data directory does not fit: \(detail)"
        }
    }
}
