import Synchronization

/// How far a push or a pull is, over all its files.
public struct TransferProgress: Hashable, Sendable {
    /// What is going on.
    public enum Phase: Hashable, Sendable {
        /// Digests of local files are computed.
        case hashing
        /// Files go out.
        case sending
        /// Files come in.
        case receiving
    }

    /// What is going on.
    public let phase: Phase
    /// Bytes that are done, those found in place included. Goes back when a file has to be sent again.
    public var bytesDone: UInt64 = 0
    /// Bytes of all files.
    public let bytesTotal: UInt64
    /// Files that are done.
    public var filesDone = 0
    /// All files.
    public let filesTotal: Int

    /// Nothing done yet.
    package init(phase: Phase, bytesTotal: UInt64, filesTotal: Int) {
        self.phase = phase
        self.bytesTotal = bytesTotal
        self.filesTotal = filesTotal
    }
}

/// Is told of progress, from any task, many times a second; must return at once.
public typealias ProgressObserver = @Sendable (TransferProgress) -> Void

/// What a push or a pull moved and what it found in place.
public struct TransferSummary: Hashable, Sendable {
    /// Files moved.
    public var filesMoved = 0
    /// Their bytes, but those that were there in other files.
    public var bytesMoved: UInt64 = 0
    /// Files that were there already.
    public var filesPresent = 0
    /// Their bytes, and those of files moved that were there in other files.
    public var bytesPresent: UInt64 = 0

    /// Nothing yet.
    package init() {}
}

/// Adds up what several tasks do.
final class Tally: Sendable {
    private let state: Mutex<(progress: TransferProgress, summary: TransferSummary)>
    private let observer: ProgressObserver?

    /// Begins a phase and tells the observer.
    init(_ progress: TransferProgress, observer: ProgressObserver?) {
        state = Mutex((progress, TransferSummary()))
        self.observer = observer
        observer?(progress)
    }

    /// What was moved so far.
    var summary: TransferSummary { state.withLock { $0.summary } }

    /// Bytes moved; negative when they have to move again.
    func moved(bytes: Int64) {
        update { $0.progress.bytesDone = $0.progress.bytesDone.addingSigned(bytes) }
    }

    /// A file is done, all its bytes counted by `moved(bytes:)` before; so many of them moved now, and so many were
    /// there in other files.
    func finished(bytesMoved: UInt64, bytesPresent: UInt64 = 0) {
        update {
            $0.progress.filesDone += 1
            $0.summary.filesMoved += 1
            $0.summary.bytesMoved += bytesMoved
            $0.summary.bytesPresent += bytesPresent
        }
    }

    /// A file of `size` bytes was there already.
    func found(size: UInt64) {
        update {
            $0.progress.filesDone += 1
            $0.progress.bytesDone += size
            $0.summary.filesPresent += 1
            $0.summary.bytesPresent += size
        }
    }

    private func update(_ change: (inout (progress: TransferProgress, summary: TransferSummary)) -> Void) {
        let progress = state.withLock { state in
            change(&state)
            return state.progress
        }
        observer?(progress)
    }
}

extension UInt64 {
    /// The sum, not below zero.
    fileprivate func addingSigned(_ other: Int64) -> UInt64 {
        other < 0 ? self - Swift.min(self, other.magnitude) : self + other.magnitude
    }
}
