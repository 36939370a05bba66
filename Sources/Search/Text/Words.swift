/// Words that corrections and similar models know.
enum Words {
    /// Words of a text that can be learned, each once.
    static func distinct(in text: IndexedText, _ reader: TokenReader, limits: SearchLimits) throws -> Set<String> {
        var words: Set<String> = []
        for column in text.columns {
            for token in try reader.tokens(of: column) where isLearned(token.text, limits) { words.insert(token.text) }
        }
        return words
    }

    /// Hashes, dates and other numbers are in no one's vocabulary.
    static func isLearned(_ word: String, _ limits: SearchLimits) -> Bool {
        let length = word.utf8.count
        guard length > 1, length <= limits.learnedWordBytes else { return false }
        let digits = word.utf8.count { (0x30...0x39).contains($0) }
        return digits * 2 < length && digits <= 4
    }

    /// Three neighbouring characters, 21 bits each, with the edges of the word as zeros.
    static func trigrams(_ word: String) -> Set<Int64> {
        var trigrams: Set<Int64> = []
        var window: (Int64, Int64) = (0, 0)
        for scalar in word.unicodeScalars.map({ Int64($0.value) }) + [0] {
            trigrams.insert(window.0 << 42 | window.1 << 21 | scalar)
            window = (window.1, scalar)
        }
        return trigrams
    }
}
