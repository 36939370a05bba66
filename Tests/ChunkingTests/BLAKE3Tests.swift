import Testing

@testable import Chunking

@Suite("BLAKE3")
struct BLAKE3Tests {
    static let kernels = BLAKE3.Kernel.allCases.filter { $0.rawValue <= BLAKE3.Kernel.widest.rawValue }

    @Test("every kernel gives the official hashes and keyed hashes", arguments: kernels)
    func officialVectors(kernel: BLAKE3.Kernel) {
        for row in BLAKE3Vectors.rows {
            let input = counting(row.length)
            #expect(hexadecimal(BLAKE3.hash(input, kernel: kernel)) == row.hash, "\(row.length) bytes")
            let keyed = BLAKE3.hash(input, key: BLAKE3Vectors.key, kernel: kernel)
            #expect(hexadecimal(keyed) == row.keyed, "\(row.length) bytes, keyed")
        }
    }

    @Test("every kernel agrees with the portable one around each width, group and subtree", arguments: kernels)
    func kernelsAgree(kernel: BLAKE3.Kernel) {
        let chunks = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 31, 32, 33, 63, 65, 127, 128, 129, 200, 256, 257]
        let input = splitmix(seed: 3, count: 258 * 1_024)
        for length in chunks.flatMap({ [$0 * 1_024 - 1, $0 * 1_024, $0 * 1_024 + 1] }) {
            let bytes = Array(input[..<length])
            let expected = BLAKE3.hash(bytes, key: BLAKE3Vectors.key, kernel: .portable)
            #expect(BLAKE3.hash(bytes, key: BLAKE3Vectors.key, kernel: kernel) == expected, "\(length) bytes")
        }
    }
}
