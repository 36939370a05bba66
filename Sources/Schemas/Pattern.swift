import CPCRE2

/// A regular expression of a schema, by PCRE2, whose syntax is that of ECMA-262 in all that people write. Its steps are
/// counted: PCRE2 calls out before each (`pcre2callout`), for its own limit holds anew for each place where a match may
/// begin. A step that passes over a run of characters counts for all of them, one that compares with what was found
/// before for all that this may be.
///
/// `@unchecked`: a compiled pattern is never changed, and what a match changes is its own.
final class Pattern: @unchecked Sendable {
    /// What was compiled.
    let text: String
    private let code: OpaquePointer
    /// Whether it refers to what one of its groups found.
    private let comparesGroups: Bool
    private let limits: SchemaLimits

    /// - Throws: a sentence that says what is wrong.
    init(_ text: String, limits: SchemaLimits) throws(InvalidPattern) {
        guard text.utf8.count <= limits.patternBytes else {
            throw InvalidPattern(reason: "a pattern has at most \(limits.patternBytes) bytes")
        }
        var (error, offset): (Int32, Int) = (0, 0)
        let options =
            PCRE2_UTF | UInt32(PCRE2_DOLLAR_ENDONLY) | UInt32(PCRE2_ALT_BSUX) | UInt32(PCRE2_NEVER_BACKSLASH_C)
            | UInt32(PCRE2_AUTO_CALLOUT)
        let compiled = Array(text.utf8).withUnsafeBufferPointer {
            pcre2_compile_8($0.baseAddress, $0.count, options, &error, &offset, nil)
        }
        guard let compiled else { throw InvalidPattern(reason: Self.message(error) + ", at its byte \(offset)") }
        var highest: UInt32 = 0
        pcre2_pattern_info_8(compiled, UInt32(PCRE2_INFO_BACKREFMAX), &highest)
        (self.text, self.code, self.limits, comparesGroups) = (text, compiled, limits, highest > 0)
    }

    deinit { pcre2_code_free_8(code) }

    /// Whether it is found anywhere in `text`.
    /// - Parameter steps: those that are left; what it takes is taken off.
    /// - Throws: `SchemaError.tooExpensive` when none is left.
    func isFound(in text: String, steps: inout Int) throws(SchemaError) -> Bool {
        let context = pcre2_match_context_create_8(nil)
        defer { pcre2_match_context_free_8(context) }
        pcre2_set_heap_limit_8(context, limits.patternKiB)
        let match = pcre2_match_data_create_8(1, nil)
        defer { pcre2_match_data_free_8(match) }
        var count = StepCount(left: steps, each: comparesGroups ? 1 + text.utf8.count / 16 : 1)
        defer { steps = count.left }
        let result = withUnsafeMutablePointer(to: &count) { count in
            pcre2_set_callout_8(
                context,
                { block, data in
                    guard let block, let count = data?.assumingMemoryBound(to: StepCount.self) else {
                        return PCRE2_ERROR_CALLOUT
                    }
                    return count.pointee.step(to: block.pointee.current_position) ? 0 : PCRE2_ERROR_CALLOUT
                }, count)
            return Array(text.utf8).withUnsafeBufferPointer {
                pcre2_match_8(code, $0.baseAddress, $0.count, 0, 0, match, context)
            }
        }
        // 0: found, with more groups than are asked for.
        if result >= 0 { return true }
        if result == PCRE2_ERROR_NOMATCH { return false }
        let problem = result == PCRE2_ERROR_CALLOUT ? "too many steps" : Self.message(result)
        throw .tooExpensive("the pattern “\(self.text)” in a text of \(text.utf8.count) bytes: \(problem)")
    }

    private static func message(_ code: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = pcre2_get_error_message_8(code, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
    }
}

/// Steps that a search may still take.
private struct StepCount {
    var left: Int
    /// What a step counts.
    let each: Int
    private var place = 0

    init(left: Int, each: Int) { (self.left, self.each) = (left, each) }

    /// Counts the way to a place in the text; whether there is more.
    mutating func step(to next: Int) -> Bool {
        left -= each + abs(next - place)
        place = next
        return left >= 0
    }
}

/// Why a pattern cannot be used.
struct InvalidPattern: Error {
    let reason: String
}
