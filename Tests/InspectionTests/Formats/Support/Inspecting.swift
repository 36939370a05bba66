import Synchronization

@testable import Inspection

/// Inspects bytes in memory.
typealias Inspect = @Sendable ([UInt8], FormatLimits) async throws(InspectionError) -> Finding

enum Formats {
    static let safetensors: Inspect = { bytes, limits throws(InspectionError) in
        try await Safetensors.inspect(MemoryBytes(bytes), limits: limits)
    }
    static let index: Inspect = { bytes, limits throws(InspectionError) in
        try await SafetensorsIndex.inspect(MemoryBytes(bytes), limits: limits)
    }
    static let gguf: Inspect = { bytes, limits throws(InspectionError) in
        try await GGUF.inspect(MemoryBytes(bytes), limits: limits)
    }
    static let onnx: Inspect = { bytes, limits throws(InspectionError) in
        try await ONNX.inspect(MemoryBytes(bytes), limits: limits)
    }
    static let numpy: Inspect = { bytes, limits throws(InspectionError) in
        try await NumPy.inspect(MemoryBytes(bytes), limits: limits)
    }
    static let json: Inspect = { bytes, limits throws(InspectionError) in
        try await JSONText.inspect(MemoryBytes(bytes), limits: limits)
    }
}

/// Why the bytes are malformed; nil when they are not.
func refusal(
    _ inspect: Inspect, _ bytes: [UInt8], _ limits: FormatLimits = .standard
) async throws -> String? {
    do {
        _ = try await inspect(bytes, limits)
        return nil
    } catch InspectionError.malformed(let reason) {
        return reason
    }
}

/// The standard limits with one changed.
func limits(_ change: (inout FormatLimits) -> Void) -> FormatLimits {
    var limits = FormatLimits.standard
    change(&limits)
    return limits
}

/// A file of which only the beginning exists; the rest is zeros. Counts what is read of it.
final class CountingBytes: RandomAccessBytes {
    let size: UInt64
    private let beginning: [UInt8]
    private let counts = Mutex((reads: 0, bytes: 0 as UInt64))

    init(_ beginning: [UInt8], size: UInt64? = nil) {
        self.beginning = beginning
        self.size = size ?? UInt64(beginning.count)
    }

    var reads: Int { counts.withLock { $0.reads } }
    var bytesRead: UInt64 { counts.withLock { $0.bytes } }

    func read(_ range: Range<UInt64>) async throws(InspectionError) -> [UInt8] {
        counts.withLock {
            $0.reads += 1
            $0.bytes += range.upperBound - range.lowerBound
        }
        guard range.upperBound <= size else { throw .unreadable("beyond the end") }
        return range.map { $0 < UInt64(beginning.count) ? beginning[Int($0)] : 0 }
    }
}

/// Storage that is away.
struct AbsentBytes: RandomAccessBytes {
    let size: UInt64 = 1_000

    func read(_ range: Range<UInt64>) async throws(InspectionError) -> [UInt8] { throw .unreadable("away") }
}
