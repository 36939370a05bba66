import CBlake3

/// BLAKE3 by `CBlake3`: 32 bytes, plain or under a key.
enum BLAKE3 {
    /// How many BLAKE3 chunks are hashed side by side. All kernels give the same bytes.
    enum Kernel: UInt8, CaseIterable {
        case portable = 1
        case four = 4
        case eight = 8
        case sixteen = 16

        /// The widest that this processor runs.
        static let widest = Kernel(rawValue: peerage_blake3_widest().rawValue) ?? .portable
    }

    /// The hash of `bytes`; the keyed one if there is a key, which must be 32 bytes.
    static func hash(_ bytes: UnsafeRawBufferPointer, key: [UInt8]? = nil, kernel: Kernel = .widest) -> [UInt8] {
        precondition(key == nil || key?.count == 32, "a BLAKE3 key has 32 bytes")
        precondition(kernel.rawValue <= Kernel.widest.rawValue, "this processor has no vectors that wide")
        let lanes = peerage_blake3_lanes(rawValue: kernel.rawValue)
        return [UInt8](unsafeUninitializedCapacity: 32) { output, count in
            count = 32
            guard let destination = output.baseAddress else { return }
            let (start, length) = (bytes.baseAddress, bytes.count)
            guard let key else { return peerage_blake3_limited(lanes, nil, start, length, destination) }
            key.withUnsafeBufferPointer {
                peerage_blake3_limited(lanes, $0.baseAddress, start, length, destination)
            }
        }
    }

    /// The hash of `bytes`; the keyed one if there is a key, which must be 32 bytes.
    static func hash(_ bytes: [UInt8], key: [UInt8]? = nil, kernel: Kernel = .widest) -> [UInt8] {
        bytes.withUnsafeBytes { hash($0, key: key, kernel: kernel) }
    }
}
