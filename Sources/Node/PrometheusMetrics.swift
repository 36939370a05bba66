import Metrics
import Synchronization

/// swift-metrics for Prometheus: what the node counts and times, as the text that `/metrics` answers with.
///
/// Why not a library: none that speaks the format is at hand; this is the part of it that the node needs.
final class PrometheusMetrics: MetricsFactory {
    private struct Series: Hashable {
        let name: String
        let labels: String
    }

    private struct Tables {
        var counters: [Series: Counter] = [:]
        var histograms: [Series: Histogram] = [:]
        var gauges: [Series: Gauge] = [:]
    }

    private let tables = Mutex(Tables())

    /// An empty set of metrics.
    init() {}

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        let series = Self.series(label, dimensions)
        return tables.withLock { $0.counters.value(for: series, orInsert: Counter()) }
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        let series = Self.series(label, dimensions)
        return tables.withLock { $0.gauges.value(for: series, orInsert: Gauge()) }
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let series = Self.series(label, dimensions)
        return tables.withLock { $0.histograms.value(for: series, orInsert: Histogram()) }
    }

    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}

    /// Everything in Prometheus's text format 0.0.4, in a stable order.
    /// - Parameter gauges: values that are known only now, by name.
    func text(gauges: KeyValuePairs<String, Double>) -> String {
        var lines: [String] = []
        for (name, value) in gauges {
            lines.append("# TYPE \(name) gauge")
            lines.append("\(name) \(value)")
        }
        tables.withLock { tables in
            lines += Self.lines(tables.counters, type: "counter") { $1.lines($0.name, $0.labels) }
            lines += Self.lines(tables.gauges, type: "gauge") { $1.lines($0.name, $0.labels) }
            lines += Self.lines(tables.histograms, type: "histogram") { $1.lines($0.name, $0.labels) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func lines<Value>(
        _ table: [Series: Value], type: String, _ body: (Series, Value) -> [String]
    ) -> [String] {
        var lines: [String] = []
        var last = ""
        for (series, value) in table.sorted(by: { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }) {
            if series.name != last { lines.append("# TYPE \(series.name) \(type)") }
            last = series.name
            lines += body(series, value)
        }
        return lines
    }

    private static func series(_ label: String, _ dimensions: [(String, String)]) -> Series {
        let labels = dimensions.map { name, value in
            let escaped = value.flatMap { $0 == "\\" || $0 == "\"" ? ["\\", $0] : $0 == "\n" ? ["\\", "n"] : [$0] }
            return "\(name)=\"\(String(escaped))\""
        }
        return Series(name: label, labels: labels.joined(separator: ","))
    }
}

extension Dictionary {
    fileprivate mutating func value(for key: Key, orInsert new: @autoclosure () -> Value) -> Value {
        if let value = self[key] { return value }
        let value = new()
        self[key] = value
        return value
    }
}

private final class Counter: CounterHandler {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
    func reset() { value.store(0, ordering: .relaxed) }

    func lines(_ name: String, _ labels: String) -> [String] {
        ["\(name){\(labels)} \(value.load(ordering: .relaxed))"]
    }
}

private final class Gauge: RecorderHandler {
    private let value = Mutex(0.0)

    func record(_ newValue: Int64) { value.withLock { $0 = Double(newValue) } }
    func record(_ newValue: Double) { value.withLock { $0 = newValue } }

    func lines(_ name: String, _ labels: String) -> [String] { ["\(name){\(labels)} \(value.withLock { $0 })"] }
}

private final class Histogram: TimerHandler {
    /// Upper bounds in seconds: from a cached read to a large upload.
    private static let bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

    private struct State {
        var buckets = [UInt64](repeating: 0, count: Histogram.bounds.count + 1)
        var sum = 0.0
    }

    private let state = Mutex(State())

    func recordNanoseconds(_ duration: Int64) {
        let seconds = Double(duration) / 1e9
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        state.withLock {
            $0.buckets[bucket] += 1
            $0.sum += seconds
        }
    }

    func lines(_ name: String, _ labels: String) -> [String] {
        var lines: [String] = []
        let state = state.withLock { $0 }
        let prefix = labels.isEmpty ? "" : labels + ","
        var count: UInt64 = 0
        for (index, bucket) in state.buckets.enumerated() {
            count += bucket
            let bound = index < Self.bounds.count ? String(Self.bounds[index]) : "+Inf"
            lines.append("\(name)_bucket{\(prefix)le=\"\(bound)\"} \(count)")
        }
        lines.append("\(name)_sum{\(labels)} \(state.sum)")
        lines.append("\(name)_count{\(labels)} \(count)")
        return lines
    }
}
