import Logging
import Synchronization

/// Says each reason for refusing, or being refused, once: a link that cannot open is tried again every second.
final class RefusalLog: Sendable {
    /// Reasons remembered. Strangers can make up reasons; beyond this many they are only counted.
    private static let capacity = 256

    private let said = Mutex<Set<String>>([])
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Logs `reason` for `who`, unless it did already.
    func note(_ reason: PeerError, _ who: String) {
        let sentence = "\(who): \(reason)"
        let isNew = said.withLock { $0.count < Self.capacity && $0.insert(sentence).inserted }
        guard isNew else { return }
        if reason.isRefusal {
            logger.error("no link with \(sentence)")
        } else {
            logger.info("no link with \(sentence)")
        }
    }

    /// Links with `who` open again: what closes the next one is news.
    func forget(_ who: String) { said.withLock { said in said = said.filter { !$0.hasPrefix("\(who): ") } } }
}

extension PeerError {
    /// Whether the link failed for what one of its ends is, so that someone must act.
    var isRefusal: Bool {
        switch self {
        case .certificateExpired, .certificateNotYetValid, .untrustedCertificate, .wrongIdentity, .otherCluster,
            .turnedAway, .incompatible, .duplicateMember, .removedMember, .malformed:
            true
        case .unreachable, .deadlineExceeded, .refused, .unavailable, .unknownMember, .storage, .cancelled,
            .credentials, .cannotListen, .stopped:
            false
        }
    }
}
