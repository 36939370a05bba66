/// `&amp;`, `&#39;`, `&#x1F917;`: the few names that cards have, and every number.
enum CharacterReference {
    /// What `bytes` begin with stands for, and how many of them that takes; nil when it is only a sign.
    static func text(at bytes: ArraySlice<UInt8>) -> (text: String, length: Int)? {
        // The longest that is known has ten.
        let head = bytes.prefix(12)
        guard let end = head.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = String(decoding: head[(head.startIndex + 1)..<end], as: UTF8.self)
        guard let text = names[name] ?? numbered(name) else { return nil }
        return (text, end + 1 - head.startIndex)
    }

    private static func numbered(_ name: String) -> String? {
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let isHexadecimal = digits.first == "x" || digits.first == "X"
        let number = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        guard let number else { return nil }
        return String(number == 0 ? "\u{FFFD}" : Unicode.Scalar(number).map(Character.init) ?? "\u{FFFD}")
    }

    private static let names = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "copy": "©", "reg": "®",
        "trade": "™", "deg": "°", "times": "×", "plusmn": "±", "middot": "·", "bull": "•", "hellip": "…",
        "ndash": "–", "mdash": "—", "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”", "larr": "←",
        "rarr": "→", "le": "≤", "ge": "≥", "ne": "≠", "alpha": "α", "beta": "β", "gamma": "γ", "lambda": "λ",
        "mu": "μ", "sigma": "σ", "tau": "τ", "emsp": " ", "ensp": " ", "thinsp": " ", "lbrace": "{", "rbrace": "}",
    ]
}
