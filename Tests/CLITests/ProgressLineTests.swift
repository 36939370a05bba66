import PeerageClient
import Testing

@testable import CLI

@Suite("The progress line")
struct ProgressLineTests {
    private func progress(_ done: UInt64, of total: UInt64) -> TransferProgress {
        var progress = TransferProgress(phase: .sending, bytesTotal: total, filesTotal: 3)
        progress.bytesDone = done
        progress.filesDone = 1
        return progress
    }

    @Test("it shows files, share, bytes, rate and what is left")
    func full() {
        let line = ProgressLine.text(progress(512 << 10, of: 1 << 20), bytesPerSecond: 65_536, width: 200)
        #expect(
            line == "sending 1/3 files  [==========>         ]   50%  512.0 KiB of 1.0 MiB  64.0 KiB/s  8 s left")
    }

    @Test("without a rate it promises nothing")
    func withoutRate() {
        #expect(!ProgressLine.text(progress(0, of: 10), bytesPerSecond: nil, width: 200).contains("left"))
        #expect(!ProgressLine.text(progress(0, of: 10), bytesPerSecond: 0, width: 200).contains("left"))
    }

    @Test("nothing to move is all done, and more than all is all", arguments: [(0, 0), (11, 10)] as [(UInt64, UInt64)])
    func edges(done: UInt64, total: UInt64) {
        let line = ProgressLine.text(progress(done, of: total), bytesPerSecond: 1, width: 200)
        #expect(line.contains("[====================]  100%"))
    }

    @Test("it never wraps", arguments: [0, 1, 20, 80])
    func width(width: Int) {
        let line = ProgressLine.text(progress(1, of: 10), bytesPerSecond: 1, width: width)
        #expect(line.count <= max(width - 1, 0))
    }

    @Test("the rate is that of the last seconds")
    func rate() {
        var meter = RateMeter()
        #expect(meter.bytesPerSecond == nil)
        meter.add(0, at: .zero)
        #expect(meter.bytesPerSecond == nil)
        meter.add(1_000, at: .seconds(1))
        #expect(meter.bytesPerSecond == 1_000)
        for second in 2...20 { meter.add(1_000, at: .seconds(second)) }
        #expect(meter.bytesPerSecond == 0)
    }

    @Test("bytes that have to move again make no negative rate")
    func setback() {
        var meter = RateMeter()
        meter.add(1_000, at: .zero)
        meter.add(10, at: .seconds(1))
        #expect(meter.bytesPerSecond == nil)
    }
}
