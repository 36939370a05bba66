import Testing

@testable import Peering

/// A stream over a line whose queue is longer than anybody would want.
@Suite("The pace of a stream")
struct StreamPaceTests {
    /// A line of which others take a part, and a stream over it.
    private struct Line {
        let bytesPerSecond: Double
        var roundTrip: Double
        var others = 0.0
        /// Whether they are a TCP that fills the queue until it overflows.
        var isContested = false
        /// Seconds of bytes that the queue holds.
        private let queue = 0.04
        private(set) var pace: StreamPace
        /// Seconds that a byte waits.
        private(set) var waiting = 0.0
        /// How much each wait differs from the one before, smoothed.
        private var variation = 0.0
        /// The kernel forgets it after minutes only.
        private let shortest: Double

        init(bytesPerSecond: Double, roundTrip: Double, most: Double = StreamPace.unlimited) {
            pace = StreamPace(most: most)
            (self.bytesPerSecond, self.roundTrip, shortest) = (bytesPerSecond, roundTrip, roundTrip)
        }

        /// Lets `seconds` pass; returns the bytes of the stream that arrived, and how long one waited at most.
        mutating func run(_ seconds: Double) -> (bytes: Double, waiting: Double) {
            var (left, bytes, longest) = (seconds, 0.0, 0.0)
            while left > 0 {
                let interval = max(0.02, roundTrip + waiting)
                let offered = pace.bytesPerSecond + others
                let (was, carried) = (waiting, min(pace.bytesPerSecond, bytesPerSecond * pace.bytesPerSecond / offered))
                waiting = max(0, waiting + (offered / bytesPerSecond - 1) * interval)
                if isContested {
                    others = waiting >= queue ? others * 0.7 : others + bytesPerSecond / 50
                    waiting = min(waiting, queue)
                }
                variation += (abs(waiting - was) - variation) / 4
                bytes += carried * interval
                longest = max(longest, waiting)
                pace.learn(
                    from: StreamPace.Reading(
                        roundTrip: UInt32((roundTrip + waiting) * 1e6), variation: UInt32(variation * 1e6),
                        shortest: UInt32(shortest * 1e6), carried: UInt64(carried), isBusy: true))
                left -= interval
            }
            return (bytes, longest)
        }
    }

    @Test(
        "It takes nearly all of a line, and lets nothing wait long in it",
        arguments: [(5e6, 0.04), (1e6, 0.4), (1e8, 0.01), (1e9, 0.000_1)])
    func takesWhatThereIs(bytesPerSecond: Double, roundTrip: Double) {
        var line = Line(bytesPerSecond: bytesPerSecond, roundTrip: roundTrip)
        _ = line.run(40)
        let (bytes, waiting) = line.run(60)
        #expect(bytes > 0.8 * 60 * bytesPerSecond)
        #expect(waiting < 0.01 + roundTrip / 6)
    }

    @Test("It gives way to others, and comes back when they are gone")
    func givesWay() {
        var line = Line(bytesPerSecond: 5e6, roundTrip: 0.04)
        _ = line.run(20)
        line.others = 4e6
        _ = line.run(5)
        let beside = line.run(20)
        #expect(beside.waiting < 0.02)
        #expect(beside.bytes > 0.5 * 20 * 1e6)
        line.others = 0
        _ = line.run(10)
        #expect(line.run(20).bytes > 0.8 * 20 * 5e6)
    }

    @Test("It is no faster than it is told")
    func limited() {
        var line = Line(bytesPerSecond: 5e6, roundTrip: 0.04, most: 2e6)
        _ = line.run(20)
        let bytes = line.run(20).bytes
        #expect(bytes > 0.9 * 20 * 2e6 && bytes < 1.01 * 20 * 2e6)
    }

    @Test("It never stands still, however full the line is")
    func goesOn() {
        var line = Line(bytesPerSecond: 5e6, roundTrip: 0.04)
        line.others = 6e6
        _ = line.run(20)
        let bytes = line.run(20).bytes
        #expect(bytes > 20 * StreamPace.least / 2)
    }

    @Test("It does not drive out a TCP that fills the queue again and again")
    func isNoRival() {
        var line = Line(bytesPerSecond: 5e6, roundTrip: 0.04)
        line.isContested = true
        line.others = 1e6
        _ = line.run(20)
        let bytes = line.run(60).bytes
        #expect(bytes < 0.4 * 60 * 5e6)
    }

    @Test("A line that has become longer is not taken for a full one, but for a moment")
    func becomesLonger() {
        var line = Line(bytesPerSecond: 5e6, roundTrip: 0.000_1)
        _ = line.run(20)
        line.roundTrip = 0.04
        _ = line.run(10)
        let (bytes, waiting) = line.run(20)
        #expect(bytes > 0.8 * 20 * 5e6)
        #expect(waiting < 0.02)
    }

    @Test("A line that differs in itself is not taken for a full one")
    func jitter() {
        var pace = StreamPace()
        for _ in 0..<40 {
            pace.learn(
                from: StreamPace.Reading(
                    roundTrip: 60_000, variation: 20_000, shortest: 40_000, carried: 8_000_000, isBusy: true))
        }
        // As fast as rises make sense: what arrives, and as much again.
        #expect(pace.bytesPerSecond == 16e6)
    }
}
