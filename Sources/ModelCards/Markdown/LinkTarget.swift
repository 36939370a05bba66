/// Where a link leads: `(target "title")` or `[name]` behind its text.
enum LinkTarget {
    /// Where the target that `bytes` begin with ends; nil when they begin with none.
    static func end(of bytes: ArraySlice<UInt8>, limits: CardLimits, _ ahead: inout LookAhead) -> Int? {
        switch bytes.first {
        case UInt8(ascii: "("): endOfTarget(bytes, limits: limits, &ahead)
        case UInt8(ascii: "["): endOfName(bytes, &ahead)
        default: nil
        }
    }

    private static func endOfName(_ bytes: ArraySlice<UInt8>, _ ahead: inout LookAhead) -> Int? {
        var index = bytes.startIndex + 1
        while index < bytes.endIndex, ahead.step() {
            if bytes[index] == UInt8(ascii: "]") { return index + 1 }
            if bytes[index] == UInt8(ascii: "[") { return nil }
            index += 1
        }
        return nil
    }

    private static func endOfTarget(
        _ bytes: ArraySlice<UInt8>, limits: CardLimits, _ ahead: inout LookAhead
    ) -> Int? {
        var index = skipSpace(bytes, from: bytes.startIndex + 1, &ahead)
        guard let end = endOfAddress(bytes, from: index, limits: limits, &ahead) else { return nil }
        index = skipSpace(bytes, from: end, &ahead)
        if index < bytes.endIndex, bytes[index] != UInt8(ascii: ")") {
            guard index > end, let end = endOfTitle(bytes, from: index, &ahead) else { return nil }
            index = skipSpace(bytes, from: end, &ahead)
        }
        return index < bytes.endIndex && bytes[index] == UInt8(ascii: ")") ? index + 1 : nil
    }

    private static func endOfAddress(
        _ bytes: ArraySlice<UInt8>, from start: Int, limits: CardLimits, _ ahead: inout LookAhead
    ) -> Int? {
        if start < bytes.endIndex, bytes[start] == UInt8(ascii: "<") {
            return end(bytes, from: start + 1, closing: UInt8(ascii: ">"), &ahead)
        }
        var (index, depth) = (start, 0)
        while index < bytes.endIndex, ahead.step() {
            switch bytes[index] {
            case UInt8(ascii: "\\"): index += 1
            case UInt8(ascii: "("): depth += 1
            case UInt8(ascii: ")"): depth -= 1
            case let byte where byte.isWhitespace: return index
            default: break
            }
            if depth < 0 { return index }
            if depth > limits.linkDepth { return nil }
            index += 1
        }
        return nil
    }

    private static func endOfTitle(_ bytes: ArraySlice<UInt8>, from start: Int, _ ahead: inout LookAhead) -> Int? {
        switch bytes[start] {
        case UInt8(ascii: "("): end(bytes, from: start + 1, closing: UInt8(ascii: ")"), &ahead)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): end(bytes, from: start + 1, closing: bytes[start], &ahead)
        default: nil
        }
    }

    private static func end(
        _ bytes: ArraySlice<UInt8>, from start: Int, closing: UInt8, _ ahead: inout LookAhead
    ) -> Int? {
        var index = start
        while index < bytes.endIndex, ahead.step() {
            if bytes[index] == closing { return index + 1 }
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return nil
    }

    private static func skipSpace(_ bytes: ArraySlice<UInt8>, from start: Int, _ ahead: inout LookAhead) -> Int {
        var index = start
        while index < bytes.endIndex, bytes[index].isWhitespace, ahead.step() { index += 1 }
        return index
    }
}
