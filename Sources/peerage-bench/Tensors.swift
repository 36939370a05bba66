import Foundation

/// Weights, real and made up.
struct Tensors {
    private let header: Data
    /// Name and place of each tensor, by where it begins.
    private let tensors: [(name: String, range: Range<Int>)]
    private let values: [UInt8]

    /// A file in the format of safetensors whose tensors are all f32.
    init(safetensors file: URL) throws {
        let data = try Data(contentsOf: file)
        let count = data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        guard data.count > 8 + count,
            let json = try JSONSerialization.jsonObject(with: data[8..<8 + count]) as? [String: Any]
        else { throw BenchFailure("\(file.path) is not in the format of safetensors") }
        header = data.prefix(8 + count)
        tensors = try json.compactMap { name, value -> (String, Range<Int>)? in
            guard name != "__metadata__", let tensor = value as? [String: Any] else { return nil }
            guard let ends = tensor["data_offsets"] as? [Int], ends.count == 2, ends[0] <= ends[1] else {
                throw BenchFailure("\(file.path) has a tensor without place")
            }
            return (name, ends[0]..<ends[1])
        }.sorted { $0.1.lowerBound < $1.1.lowerBound }
        values = Array(data[(8 + count)...])
    }

    /// The file as it was.
    var f32: Data { header + Data(values) }

    /// Its values in bf16, rounded to the nearest, under the same header: only bytes count here.
    var bf16: Data {
        header + Data(halved { bits in UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16) })
    }

    /// Its values in f16.
    var f16: Data { header + Data(halved { Float16(Float(bitPattern: $0)).bitPattern }) }

    /// The file with other values in every tensor whose name holds `part`, and how many bytes those are.
    func tuned(_ part: String) -> (file: Data, changed: Int) {
        var (values, changed) = (values, 0)
        for tensor in tensors where tensor.name.contains(part) {
            for position in stride(from: tensor.range.lowerBound, to: tensor.range.upperBound, by: 4) {
                let value = Float(bitPattern: Self.bits(values, position)) * .random(in: 0.99...1.01)
                Self.put(value.bitPattern, into: &values, position)
            }
            changed += tensor.range.count
        }
        return (header + Data(values), changed)
    }

    /// Normal weights in bf16, which do not repeat.
    static func weights(bytes: Int) -> [UInt8] {
        let noise = Noise.bytes(bytes)
        return [UInt8](unsafeUninitializedCapacity: bytes) { buffer, count in
            for position in stride(from: 0, to: bytes - 1, by: 2) {
                // A sum of four uniform numbers is near enough to a normal one for its exponents.
                let sum = (0..<4).reduce(Float(0)) { $0 + Float(noise[(position &+ $1 &* 7) % bytes]) / 255 - 0.5 }
                let bits = (sum * 0.02 + Float(noise[position]) * 1e-6).bitPattern
                buffer[position] = noise[position]
                buffer[position + 1] = UInt8(bits >> 24)
            }
            if !bytes.isMultiple(of: 2) { buffer[bytes - 1] = 0 }
            count = bytes
        }
    }

    private func halved(_ convert: (UInt32) -> UInt16) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: values.count / 2) { buffer, count in
            for position in stride(from: 0, to: values.count - 3, by: 4) {
                let half = convert(Self.bits(values, position))
                buffer[position / 2] = UInt8(truncatingIfNeeded: half)
                buffer[position / 2 + 1] = UInt8(half >> 8)
            }
            count = values.count / 2
        }
    }

    private static func bits(_ values: [UInt8], _ position: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(values[position + $1]) << (8 * UInt32($1)) }
    }

    private static func put(_ bits: UInt32, into values: inout [UInt8], _ position: Int) {
        for byte in 0..<4 { values[position + byte] = UInt8(truncatingIfNeeded: bits >> (8 * UInt32(byte))) }
    }
}
