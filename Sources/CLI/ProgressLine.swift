import PeerageClient

/// Bytes per second over the last few seconds: what a transfer does now, not what it did on average.
struct RateMeter: Sendable {
    private var samples: [(at: Duration, bytes: UInt64)] = []
    private static let window = Duration.seconds(5)

    /// Takes in how many bytes were done at a moment.
    mutating func add(_ bytes: UInt64, at moment: Duration) {
        samples.append((moment, bytes))
        // One sample older than the window stays: the window's rate is counted from it.
        while samples.count > 2, samples[1].at + Self.window <= moment { samples.removeFirst() }
    }

    /// The rate; nil while there is nothing to tell it from.
    var bytesPerSecond: Double? {
        guard let first = samples.first, let last = samples.last, last.at > first.at, last.bytes >= first.bytes else {
            return nil
        }
        let elapsed = (last.at - first.at) / Duration.seconds(1)
        return Double(last.bytes - first.bytes) / elapsed
    }
}

/// One line that shows how far a transfer is.
enum ProgressLine {
    /// `sending 2/12 files  [=====>     ]  45%  1.2 GiB of 2.6 GiB  310.0 MiB/s  5 s left`, cut to `width` characters.
    static func text(_ progress: TransferProgress, bytesPerSecond: Double?, width: Int) -> String {
        var parts = [
            "\(word(progress.phase)) \(progress.filesDone)/\(progress.filesTotal) files", bar(progress),
            "\(Quantity.bytes(progress.bytesDone)) of \(Quantity.bytes(progress.bytesTotal))",
        ]
        if let rate = bytesPerSecond, rate >= 1 {
            parts.append("\(Quantity.bytes(UInt64(rate)))/s")
            let left = progress.bytesTotal - min(progress.bytesDone, progress.bytesTotal)
            parts.append("\(Quantity.duration(seconds: UInt64((Double(left) / rate).rounded(.up)))) left")
        }
        return String(parts.joined(separator: "  ").prefix(max(width - 1, 0)))
    }

    private static func word(_ phase: TransferProgress.Phase) -> String {
        switch phase {
        case .hashing: "hashing"
        case .sending: "sending"
        case .receiving: "receiving"
        }
    }

    private static func bar(_ progress: TransferProgress) -> String {
        let length = 20
        let share =
            progress.bytesTotal == 0
            ? 1 : min(Double(progress.bytesDone) / Double(progress.bytesTotal), 1)
        let done = Int(share * Double(length))
        let head = done < length ? ">" : ""
        let rest = String(repeating: " ", count: max(length - done - 1, 0))
        let percent = String(Int(share * 100))
        let padding = String(repeating: " ", count: 3 - percent.count)
        return "[\(String(repeating: "=", count: done))\(head)\(rest)]  \(padding)\(percent)%"
    }
}
