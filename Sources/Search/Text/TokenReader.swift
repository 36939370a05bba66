import GRDB

/// Splits texts into words exactly as the full-text table does. GRDB's own way makes three objects of each word.
struct TokenReader {
    /// A word, folded, with the bytes it stood in.
    struct Token: Hashable {
        var text: String
        var start: Int
        var end: Int
    }

    private let tokenizer: any FTS5Tokenizer

    init(_ database: Database) throws { tokenizer = try database.makeTokenizer(Schema.tokenizer) }

    func tokens(of text: String) throws -> [Token] {
        var text = text
        var tokens: [Token] = []
        let code = text.withUTF8 { bytes -> CInt in
            guard let base = bytes.baseAddress else { return 0 }
            let characters = UnsafeRawPointer(base).assumingMemoryBound(to: CChar.self)
            return withUnsafeMutablePointer(to: &tokens) { collected in
                tokenizer.tokenize(
                    context: UnsafeMutableRawPointer(collected), tokenization: .document, pText: characters,
                    nText: CInt(clamping: bytes.count), tokenCallback: TokenReader.collect)
            }
        }
        guard code == 0 else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
        return tokens
    }

    private static let collect: FTS5TokenCallback = { context, _, bytes, count, start, end in
        guard let context, let bytes else { return 1 }
        let word = UnsafeRawBufferPointer(start: bytes, count: Int(count))
        context.assumingMemoryBound(to: [Token].self).pointee.append(
            Token(text: String(decoding: word, as: UTF8.self), start: Int(start), end: Int(end)))
        return 0
    }
}
