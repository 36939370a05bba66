import NIOCore

/// How fast bulk bytes may leave over one connection, so that messages which share its line hardly wait behind them.
///
/// The line is asked, not configured: bytes that wait in a queue on their way make round trips longer than the shortest
/// one was. While they do not, the pace grows; when they do, it falls below what the line carries until the queue is
/// gone. So a stream gives way to what else is there, as LEDBAT does (RFC 6817), and takes what is left. Round trips
/// that stay as long as they are while the pace is at its least are no queue of ours: the line has become a longer one,
/// or others keep its queue at one length, and then nothing is gained by waiting.
struct StreamPace {
    /// What the kernel knows of a connection (Linux, `tcp_info`); times in microseconds.
    struct Reading: Sendable {
        /// A round trip, smoothed.
        let roundTrip: UInt32
        /// How much it varies.
        let variation: UInt32
        /// The shortest of the last minutes.
        let shortest: UInt32
        /// Bytes a second that arrived lately.
        let carried: UInt64
        /// Whether bytes wait or are on their way.
        let isBusy: Bool
    }

    /// Where a stream begins: little for a line of 50 Mbit/s, and doubled within a round trip where there is more.
    static let first = 4e6
    /// However full a line is of others' bytes, a stream goes on: a gigabyte in half an hour.
    static let least = 512e3
    /// As fast as the kernel can count: no limit.
    static let unlimited = Double(UInt32.max)
    /// A queue of so many microseconds is no queue: what busy machines take to answer.
    private static let allowance: UInt32 = 8_000
    /// Readings at the least pace after which round trips that are all alike are as long as they are…
    private static let readingsAlike = 8
    /// …and after which the shortest of them is, whatever the others were.
    private static let readingsOfAnyKind = 100

    /// However empty a line is, a stream is no faster.
    let most: Double
    /// The pace now.
    private(set) var bytesPerSecond: Double
    /// Until the line was full once, the pace doubles.
    private var isFirstRise = true
    /// Bytes a second that arrived at most, lately.
    private var carried = 0.0
    /// Microseconds of a round trip in which nothing waits.
    private var empty: UInt32?
    /// The round trips of the latest readings at the least pace.
    private var slow: [UInt32] = []

    /// The pace of a stream that begins.
    init(most: Double = unlimited) {
        self.most = max(Self.least, min(most, Self.unlimited))
        bytesPerSecond = min(Self.first, self.most)
    }

    /// Learns from a reading; readings are a round trip or more apart.
    mutating func learn(from reading: Reading) {
        let empty = min(self.empty ?? reading.shortest, reading.roundTrip)
        self.empty = empty
        carried = max(Double(reading.carried), carried * 0.95)
        let waiting = Double(reading.roundTrip - empty)
        // Lines that differ in themselves are not full.
        let allowed = Double(Self.allowance + empty / 16 + reading.variation / 2)
        guard waiting > allowed else {
            slow = []
            let rise = isFirstRise ? 2 : 1 + (1 - waiting / allowed) / 16
            // A stream that others hold up, its reader or its disk, says nothing about the line.
            bytesPerSecond = max(bytesPerSecond, min(bytesPerSecond * rise, carried * 2, most))
            return
        }
        if bytesPerSecond == Self.least { slow.append(reading.roundTrip) }
        if isLongerLine {
            (self.empty, slow, isFirstRise) = (slow.min(), [], true)
            return
        }
        isFirstRise = false
        let share = max(0.5, 1 - (waiting - allowed) / allowed / 2)
        bytesPerSecond = max(Self.least, min(bytesPerSecond, carried) * share)
    }

    /// Whether what takes long is the line itself. A queue that others fill grows and shrinks; a longer line is as long each
    /// time, but on a machine that has little time for either.
    private var isLongerLine: Bool {
        if slow.count >= Self.readingsOfAnyKind { return true }
        let latest = slow.suffix(Self.readingsAlike)
        guard latest.count == Self.readingsAlike, let least = latest.min(), let most = latest.max() else {
            return false
        }
        return most - least <= Self.allowance / 2 + least / 32
    }
}

/// Keeps one connection's bytes at their pace, while there are any. It lives on its channel's event loop.
final class PacedConnection {
    /// Often enough to notice a queue before it is full, and seldom enough to cost nothing.
    private static let leastInterval: TimeAmount = .milliseconds(20)

    private let channel: any Channel
    private var pace: StreamPace
    private var next: Scheduled<Void>?

    /// The bytes that leave over `channel`, at most so many a second; nil for as many as there is room for.
    init(_ channel: any Channel, most: Double?) {
        self.channel = channel
        pace = StreamPace(most: most ?? StreamPace.unlimited)
    }

    /// Bytes are about to leave.
    func begin() {
        guard next == nil else { return }
        limit()
        look(after: Self.leastInterval)
    }

    /// Nothing leaves any more.
    func stop() { next?.cancel() }

    private func look(after interval: TimeAmount) {
        next = channel.eventLoop.assumeIsolated().scheduleTask(in: interval) { self.look() }
    }

    private func look() {
        // Not a socket, in tests: nothing to keep to.
        guard let socket = channel as? any SocketOptionProvider else { return }
        let reading: EventLoopFuture<TransmissionInfo> = socket.unsafeGetSocketOption(level: .tcp, name: .tcp_info)
        reading.assumeIsolated().whenSuccess { info in
            let reading = info.reading
            guard reading.isBusy else { return self.next = nil }
            self.pace.learn(from: reading)
            self.limit()
            self.look(after: max(Self.leastInterval, .microseconds(Int64(reading.roundTrip))))
        }
    }

    private func limit() {
        guard let socket = channel as? any SocketOptionProvider else { return }
        socket.unsafeSetSocketOption(
            level: .socket, name: .maximumPacingRate, value: UInt32(pace.bytesPerSecond)
        ).whenFailure { _ in }
    }
}

extension NIOBSDSocket.Option {
    /// Linux, `SO_MAX_PACING_RATE`: bytes a second.
    fileprivate static let maximumPacingRate = NIOBSDSocket.Option(rawValue: 47)
}

/// The beginning of Linux's `tcp_info`, by its words: later kernels only add at the end.
private struct TransmissionInfo: Sendable {
    private let words: InlineArray<42, UInt32>

    var reading: StreamPace.Reading {
        // tcpi_rtt, tcpi_rttvar, tcpi_min_rtt, tcpi_delivery_rate, tcpi_unacked, tcpi_notsent_bytes.
        StreamPace.Reading(
            roundTrip: words[17], variation: words[18], shortest: words[37],
            carried: UInt64(words[40]) | UInt64(words[41]) << 32, isBusy: words[6] > 0 || words[36] > 0)
    }
}
