import Models

/// An HDF5 file, as Keras before 3 wrote whole models. HDF5 is not read here: the configuration is looked for where it
/// lies in one piece. So a finding is `dangerous` or `unknown`.
package enum HDF5File {
    private static let needles = ["\"Lambda\"", "\"__lambda__\"", "\"TFSMLayer\"", "\"TorchModuleWrapper\""]
        .map { Array($0.utf8) }
    private static let keys = ["\"class_name\"", "'class_name'"].map { Array($0.utf8) }
    private static let magic: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

    /// - Throws: `InspectionError.unreadable` only: what the file does wrong is in the finding.
    package static func inspect(
        _ bytes: some RandomAccessBytes, limits: InspectionLimits = .standard
    ) async throws(InspectionError) -> Finding {
        var evidence = Evidence()
        if try await bytes.read(0..<min(bytes.size, 8)) != magic {
            evidence.add(.malformed, "it does not begin as HDF5 does")
        }
        evidence.add(.unknown, "HDF5 is not read here, only searched for layers that run code")
        let first = 0..<min(bytes.size, limits.searchedBytes)
        let last = max(first.upperBound, bytes.size - min(bytes.size, limits.searchedBytes))..<bytes.size
        for range in [first, last] {
            var stream = ByteStream(bytes, range, coding: .stored, budget: 0, limits: limits)
            var carry: [UInt8] = []
            while let chunk = try await stream.next() {
                carry += chunk
                search(carry, &evidence)
                carry.removeFirst(max(0, carry.count - 64))
            }
        }
        return evidence.finding(format: "hdf5")
    }

    /// Finds `"class_name": "Lambda"`, with any space.
    private static func search(_ bytes: [UInt8], _ evidence: inout Evidence) {
        var place = 0
        while place < bytes.count {
            defer { place += 1 }
            guard bytes[place] == UInt8(ascii: "\"") || bytes[place] == UInt8(ascii: "'") else { continue }
            let rest = bytes[place...]
            guard let key = keys.first(where: { rest.starts(with: $0) }) else { continue }
            let value = rest.dropFirst(key.count).drop { $0 == 0x20 || $0 == UInt8(ascii: ":") }
            if let needle = needles.first(where: { value.starts(with: $0) }) {
                evidence.add(.dangerous, "it has a layer of the class \(String(decoding: needle, as: UTF8.self))")
            }
        }
    }
}
