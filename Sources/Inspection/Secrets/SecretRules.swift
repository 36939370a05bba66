/// What a secret looks like. Each rule asks for more than a prefix: the length its issuer gives it, an end, and letters
/// as mixed as chance mixes them.
enum SecretRules {
    /// The rule that matches at `text`, and how many bytes.
    static func match(_ text: SecretText) -> (rule: String, count: Int)? {
        guard let first = text[0] else { return nil }
        switch first | 0x20 {
        case UInt8(ascii: "-"): return privateKey(text)
        case UInt8(ascii: "a"): return amazonKey(text) ?? storageKey(text) ?? assignment(text)
        case UInt8(ascii: "g"): return gitHub(text) ?? gitLab(text)
        case UInt8(ascii: "x"): return slack(text)
        case UInt8(ascii: "h"): return prefixed(text, "hf_", .alphanumeric, 34...40, "hugging-face-token")
        case UInt8(ascii: "s"): return stripe(text) ?? modelProvider(text) ?? assignment(text)
        case UInt8(ascii: "r"): return stripe(text)
        case UInt8(ascii: "n"): return prefixed(text, "npm_", .alphanumeric, 36...36, "npm-token")
        case UInt8(ascii: "p"):
            return prefixed(text, "pypi-", .token, 64...SecretScan.windowBytes, "pypi-token", then: "Ag")
                ?? assignment(text)
        case UInt8(ascii: "e"): return webToken(text)
        case UInt8(ascii: "t"): return assignment(text)
        default: return nil
        }
    }

    /// `prefix`, then `lengths` bytes of `alphabet` that are followed by none of them.
    private static func prefixed(
        _ text: SecretText, _ prefix: StaticString, _ alphabet: SecretAlphabet, _ lengths: ClosedRange<Int>,
        _ rule: String, then start: StaticString = ""
    ) -> (String, Int)? {
        let skipped = prefix.utf8CodeUnitCount
        guard text.beginsWord, text.has(prefix), text.has(start, at: skipped) else { return nil }
        let count = text.count(of: alphabet, from: skipped)
        guard lengths.contains(count), isRandom(text.bytes(from: skipped, count: count)) else { return nil }
        if let next = text[skipped + count], SecretAlphabet.word.contains(next) { return nil }
        return (rule, skipped + count)
    }

    private static func gitHub(_ text: SecretText) -> (String, Int)? {
        if let fine = prefixed(text, "github_pat_", .word, 82...82, "github-token") { return fine }
        for prefix in ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"] as [StaticString] {
            if let match = prefixed(text, prefix, .alphanumeric, 36...255, "github-token") { return match }
        }
        return nil
    }

    private static func gitLab(_ text: SecretText) -> (String, Int)? {
        guard let found = prefixed(text, "glpat-", .token, 20...64, "gitlab-token") else { return nil }
        return found
    }

    private static func slack(_ text: SecretText) -> (String, Int)? {
        guard let kind = text[3], "bpars".utf8.contains(kind), text.has("-", at: 4), text.has("xox") else { return nil }
        let count = text.count(of: .token, from: 5)
        guard text.beginsWord, count >= 24, text[5].map({ (0x30...0x39).contains($0) }) == true,
            isRandom(text.bytes(from: 5, count: count))
        else { return nil }
        return ("slack-token", 5 + count)
    }

    private static func stripe(_ text: SecretText) -> (String, Int)? {
        prefixed(text, "sk_live_", .alphanumeric, 24...255, "stripe-key")
            ?? prefixed(text, "rk_live_", .alphanumeric, 24...255, "stripe-key")
    }

    /// OpenAI's keys of old have 48 letters and digits; later ones a kind, and Anthropic's another.
    private static func modelProvider(_ text: SecretText) -> (String, Int)? {
        if text.has("sk-ant-") { return prefixed(text, "sk-ant-", .token, 80...255, "anthropic-key") }
        for prefix in ["sk-proj-", "sk-svcacct-", "sk-admin-"] as [StaticString] {
            if let match = prefixed(text, prefix, .token, 40...255, "openai-key") { return match }
        }
        return prefixed(text, "sk-", .alphanumeric, 48...48, "openai-key")
    }

    /// Three parts, the last a signature: without it nothing is secret.
    private static func webToken(_ text: SecretText) -> (String, Int)? {
        guard text.beginsWord, text.has("eyJ") else { return nil }
        let header = text.count(of: .token, from: 0)
        guard header >= 16, text.has(".eyJ", at: header) else { return nil }
        let claims = text.count(of: .token, from: header + 1)
        let dot = header + 1 + claims
        guard claims >= 10, text.has(".", at: dot) else { return nil }
        let signature = text.count(of: .token, from: dot + 1)
        guard signature >= 32, isRandom(text.bytes(from: dot + 1, count: signature)) else { return nil }
        return ("json-web-token", dot + 1 + signature)
    }

    private static func storageKey(_ text: SecretText) -> (String, Int)? {
        guard text.has("AccountKey=") else { return nil }
        let count = text.count(of: .base64, from: 11)
        guard count == 86, text.has("==", at: 97), isRandom(text.bytes(from: 11, count: count)) else { return nil }
        return ("azure-storage-key", 99)
    }

    /// An identifier is no secret; with a key of 40 bytes near it, both are.
    private static func amazonKey(_ text: SecretText) -> (String, Int)? {
        guard text.beginsWord, text.has("AKIA") || text.has("ASIA"), text.count(of: .upper, from: 0) == 20,
            isRandom(text.bytes(from: 4, count: 16), entropy: 2.5)
        else { return nil }
        var offset = -SecretScan.lookBackBytes
        while offset < SecretScan.lookBackBytes {
            let count = text[offset] == nil ? 0 : text.count(of: .base64, from: offset, most: 64)
            if count == 40, isRandom(text.bytes(from: offset, count: 40), entropy: 4),
                hasBothCases(text.bytes(from: offset, count: 40))
            {
                return ("aws-access-key", 20)
            }
            offset += max(1, count)
        }
        return nil
    }

    /// A header of PEM with something behind it: documents name the header alone.
    private static func privateKey(_ text: SecretText) -> (String, Int)? {
        guard text.has("-----BEGIN ") else { return nil }
        let words = text.count(of: .pemLabel, from: 11, most: 40)
        let end = 11 + words
        guard text.has("-----", at: end) else { return nil }
        let label = text.bytes(from: 11, count: words)
        guard
            label.suffix(11).elementsEqual("PRIVATE KEY".utf8)
                || label.suffix(17).elementsEqual("PRIVATE KEY BLOCK".utf8)
        else { return nil }
        let body = text.count(of: .padded, from: end + 5)
        guard body >= 64, isRandom(text.bytes(from: end + 5, count: body)) else { return nil }
        return (isServiceAccount(text) ? "gcp-service-account" : "private-key", end + 5 + body)
    }

    /// `"private_key": "-----BEGIN`: in the file of a service account of Google's.
    private static func isServiceAccount(_ text: SecretText) -> Bool {
        var offset = -1
        while let byte = text[offset], byte == UInt8(ascii: "\"") || SecretAlphabet.space.contains(byte) || byte == 0x3A
        {
            offset -= 1
        }
        return text.has("private_key", at: offset - 10)
    }
}
