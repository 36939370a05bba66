import Chunking
import Logging
import Metrics
import Models
import Peering
import Storage

/// Finds what rots unread: a damaged chunk counts as present until it is read, also for receipts.
extension RegistryService {
    /// Reads through every chunk of this node, again and again, one round in `period`; what is damaged is thrown away
    /// and fetched from a peer. Runs until its task is cancelled; does nothing without a period.
    package func scrub(every period: Duration?) async {
        guard let period else { return }
        while !Task.isCancelled {
            do { try await readThrough(every: period) } catch is CancellationError { return } catch {
                parts.logger.warning("chunks cannot be read through now: \(error)")
            }
            do { try await Task.sleep(for: Self.pauseAfterFailure) } catch { return }
        }
    }

    private func readThrough(every period: Duration) async throws {
        let store = parts.store
        let found = try await onThreads { () throws(StorageError) in try ScrubRound.find(in: store) }
        // A round of the future was begun by a clock that was wrong.
        let latest = parts.now().advanced(by: period)
        var round = found.flatMap { $0.begun <= latest ? $0 : nil } ?? ScrubRound(begun: parts.now())
        while true {
            // What is being removed would be taken for damaged.
            try await waitWhileCollecting()
            let step = try await scrubStep(after: round.last)
            round.read += UInt64(step.read)
            round.damaged += UInt64(step.damaged.count)
            round.healed += UInt64(await heal(step.damaged))
            var due: Timestamp
            if let last = step.last {
                round.last = last
                due = round.due(period)
            } else {
                parts.logger.notice(
                    "all \(round.read) chunks were read through: \(round.damaged) were damaged, \(round.healed) of them came anew from peers"
                )
                due = max(parts.now(), round.begun.advanced(by: period))
                round = ScrubRound(begun: due)
            }
            let reached = round
            try await onThreads { () throws(StorageError) in try reached.save(in: store) }
            let untilDue = min(period, .milliseconds(due.milliseconds - parts.now().milliseconds))
            try await Task.sleep(for: max(untilDue, Self.scrubPause(after: step.bytes)))
        }
    }

    /// A disk that is full now may have room then.
    private static let pauseAfterFailure: Duration = .seconds(600)
    /// Chunks read together: one step is a few megabytes.
    private static let chunksPerScrubStep = 64
    /// However far behind it is, so many bytes a second leave disk and processor to requests.
    private static let scrubBytesPerSecond = 32e6

    private static func scrubPause(after bytes: Int) -> Duration { .seconds(Double(bytes) / scrubBytesPerSecond) }

    private struct ScrubStep: Sendable {
        var read = 0
        var bytes = 0
        /// nil at the end.
        var last: ChunkKey?
        var damaged: [ChunkKey] = []
    }

    private func scrubStep(after last: ChunkKey?) async throws(ServiceError) -> ScrubStep {
        let (chunks, logger) = (parts.chunks, parts.logger)
        let step = try await onThreads { () throws(StorageError) in
            var step = ScrubStep()
            for key in try chunks.keys(after: last, limit: Self.chunksPerScrubStep) {
                (step.read, step.last) = (step.read + 1, key)
                guard let bytes = try chunks.read(key) else {
                    step.damaged.append(key)
                    continue
                }
                step.bytes += bytes.count
                let id = ChunkID(bytes: key.bytes)
                guard !ChunkHash.matchesChunkOrPage(bytes, id) else { continue }
                logger.error("chunk \(id) is damaged on this node's disk; fetching it from a peer")
                try chunks.removeDamaged(key, readAs: bytes)
                step.damaged.append(key)
            }
            return step
        }
        Counter(label: "peerage_scrub_chunks_total").increment(by: step.read)
        Counter(label: "peerage_scrub_damaged_total").increment(by: step.damaged.count)
        return step
    }

    /// Fetches `keys` from peers; returns how many came. What does not come now is looked for with the versions that
    /// need it.
    private func heal(_ keys: [ChunkKey]) async -> Int {
        guard !keys.isEmpty else { return 0 }
        do {
            let chunks = parts.chunks
            try await parts.peers.transfer.fetch(keys, from: parts.peers.members, for: .background)
            try await onThreads { () throws(StorageError) in try chunks.secure() }
            Counter(label: "peerage_scrub_healed_total").increment(by: keys.count)
            return keys.count
        } catch {
            parts.logger.error("\(keys.count) damaged chunks could not be fetched from peers: \(error)")
            return 0
        }
    }
}
