import Models

/// The header of a `.npy`, as far as it says whether the array holds objects, which are a pickle.
enum NumPyHeader {
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// Bytes of a header that is read: a structured type of 1,000 fields.
    private static let most = 32 << 10

    /// What speaks against the array whose first bytes are `head`.
    static func evidence(of head: [UInt8]) -> Evidence {
        var evidence = Evidence()
        guard head.count >= 12 else {
            evidence.add(.malformed, "its header is cut off")
            return evidence
        }
        let isFirstVersion = head[6] == 1
        let start = isFirstVersion ? 10 : 12
        let count = Int(head.number(at: 8, width: isFirstVersion ? 2 : 4))
        guard count <= most else {
            evidence.add(.unknown, "its header is longer than \(most) bytes")
            return evidence
        }
        guard head.count - start >= count else {
            evidence.add(.malformed, "its header is cut off")
            return evidence
        }
        judge(quoted(head[start..<start + count]), &evidence)
        return evidence
    }

    /// Of a plain type the header quotes `descr`, the type, `fortran_order` and `shape`; of a structured one names and
    /// types one after the other.
    private static func judge(_ texts: [String], _ evidence: inout Evidence) {
        if texts.contains(where: holdsObjects) {
            evidence.add(.dangerous, "it holds Python objects, which are loaded as a pickle")
            return
        }
        let values = texts.filter { !["descr", "fortran_order", "shape"].contains($0) }
        guard values.count == 1, texts.count == 4, isPlain(values[0]) else {
            evidence.add(.unknown, "its type is not read here")
            return
        }
    }

    private static func holdsObjects(_ type: String) -> Bool {
        let type = type.drop { "|<>=".contains($0) }
        return type == "object" || (type.first == "O" && type.dropFirst().allSatisfy(\.isNumber))
    }

    /// `<f4`, `|b1`, `<U10`, `<M8[ns]`.
    private static func isPlain(_ type: String) -> Bool {
        guard let order = type.utf8.first, "|<>=".utf8.contains(order) else { return false }
        let rest = type.utf8.dropFirst()
        guard let kind = rest.first, "biufcSUVMm".utf8.contains(kind) else { return false }
        let unit = rest.dropFirst().drop { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard "Mm".utf8.contains(kind) else { return unit.isEmpty }
        return unit.isEmpty || (unit.first == UInt8(ascii: "[") && unit.last == UInt8(ascii: "]"))
    }

    /// What stands between quotes. NumPy writes no escapes; with one the type is not read.
    private static func quoted(_ header: ArraySlice<UInt8>) -> [String] {
        var texts: [String] = []
        var rest = header
        while let quote = rest.popFirst() {
            guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { continue }
            let text = rest.prefix { $0 != quote }
            texts.append(String(decoding: text, as: UTF8.self))
            rest = rest.dropFirst(text.count + 1)
        }
        return texts
    }
}
