import Foundation
import PeerageClient
import Synchronization

/// Redraws the progress line on standard error; does nothing where that is not a terminal.
final class ProgressDisplay: Sendable {
    private struct State {
        var phase: TransferProgress.Phase?
        var meter = RateMeter()
        var drawnAt: Duration?
    }

    private let state = Mutex(State())
    private let start = ContinuousClock.now
    private let isOnTerminal = isatty(STDERR_FILENO) == 1

    /// Ten times a second is smooth, and costs nothing beside the transfer.
    private static let interval = Duration.milliseconds(100)

    /// What to give to the SDK; nil when there is nobody to see it.
    var observer: ProgressObserver? {
        guard isOnTerminal else { return nil }
        return { [self] in draw($0) }
    }

    /// Clears the line, so that what follows begins where it was.
    func finish() {
        let hasDrawn = state.withLock { state in
            defer { state.drawnAt = nil }
            return state.drawnAt != nil
        }
        if hasDrawn { StandardStream.write("\r\u{1B}[K", to: .error) }
    }

    private func draw(_ progress: TransferProgress) {
        let now = start.duration(to: .now)
        let line = state.withLock { state -> String? in
            if state.phase != progress.phase {
                state.phase = progress.phase
                state.meter = RateMeter()
                state.drawnAt = nil
            }
            if let drawnAt = state.drawnAt, now < drawnAt + Self.interval { return nil }
            state.drawnAt = now
            state.meter.add(progress.bytesDone, at: now)
            return ProgressLine.text(progress, bytesPerSecond: state.meter.bytesPerSecond, width: Self.terminalWidth)
        }
        if let line { StandardStream.write("\r\(line)\u{1B}[K", to: .error) }
    }

    private static var terminalWidth: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
