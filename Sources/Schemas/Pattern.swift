import CPCRE2

/// A regular expression of a schema, by PCRE2, whose syntax is that of ECMA-262 in all that people write. Its steps are
/// counted: PCRE2 calls out before each (`pcre2callout`), for its own limit holds anew for each place where a match may
/// begin.
///
/// `@unchecked`: a compiled pattern is never changed, and what a match changes is its own.
final class Pattern: @unchecked Sendable {
    /// What was compiled.
    let text: String
    private let code: OpaquePointer
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
        (self.text, self.code, self.limits) = (text, compiled, limits)
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
        let result = withUnsafeMutablePointer(to: &steps) { steps in
            pcre2_set_callout_8(
                context,
                { _, data in
                    guard let left = data?.assumingMemoryBound(to: Int.self) else { return PCRE2_ERROR_CALLOUT }
                    left.pointee -= 1
                    return left.pointee >= 0 ? 0 : PCRE2_ERROR_CALLOUT
                }, steps)
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

/// Why a pattern cannot be used.
struct InvalidPattern: Error {
    let reason: String
}
