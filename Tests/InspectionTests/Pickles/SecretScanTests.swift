import Testing

@testable import Inspection

@Suite("Secrets in text")
struct SecretScanTests {
    /// Letters and digits as an issuer's chance would give them. Put together here, so that no scanner takes this file
    /// for a leak.
    static func random(_ count: Int, seed: UInt64 = 1, _ alphabet: String = letters + digits) -> String {
        var dice = Dice(seed: seed)
        let alphabet: [Character] = Array(alphabet)
        return String((0..<count).map { _ in alphabet[dice.below(alphabet.count)] })
    }

    static let letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    static let digits = "0123456789"
    static let upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    static let hexadecimal = "0123456789abcdef"

    static func scan(_ text: String, portions: Int = .max) -> [SecretMatch] {
        var scan = SecretScan()
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: min(portions, max(1, bytes.count))) {
            scan.append(Array(bytes[start..<min(bytes.count, start + min(portions, bytes.count))]))
        }
        return scan.finish()
    }

    static let key = "-----BEGIN RSA PRIVATE" + " KEY-----"
    static let secrets: [(String, String)] = [
        (key + "\n\(random(64))\n\(random(64, seed: 2))\n-----END", "private-key"),
        ("-----BEGIN PRIVATE" + " KEY-----\r\n\(random(64))", "private-key"),
        (
            #"{"type": "service_account", "private_key": "-----BEGIN PRIVATE"# + #" KEY-----\n"# + random(64) + #"\n"#,
            "gcp-service-account"
        ),
        ("aws_access_key_id = AKIA\(random(16, upper))\nkey = \(random(40))", "aws-access-key"),
        ("k: \(random(40, seed: 5))\nid: ASIA\(random(16, upper))", "aws-access-key"),
        ("ghp_\(random(36))", "github-token"), ("token=gho_\(random(36))", "github-token"),
        ("ghs_\(random(36))", "github-token"), ("github_pat_\(random(22))_\(random(59))", "github-token"),
        ("glpat-\(random(20))", "gitlab-token"), ("xoxb-\(random(12, digits))-\(random(24))", "slack-token"),
        ("hf_\(random(34))", "hugging-face-token"), (#"login("hf_\#(random(34, letters))")"#, "hugging-face-token"),
        ("sk-\(random(48))", "openai-key"), ("sk-proj-\(random(64))", "openai-key"),
        ("sk-ant-api03-\(random(93))AA", "anthropic-key"), ("npm_\(random(36))", "npm-token"),
        ("pypi-AgEIcHlwaS5vcmc\(random(80))", "pypi-token"), ("sk_live_\(random(24))", "stripe-key"),
        ("Bearer eyJ\(random(30)).eyJ\(random(60)).\(random(43))", "json-web-token"),
        ("AccountName=x;AccountKey=\(random(86))==;", "azure-storage-key"),
        (#"password = "\#(random(19))7""#, "generic-secret"), (#""api_key": '\#(random(15))7'"#, "generic-secret"),
        (#"DB_PASSWORD: "\#(random(19))7""#, "generic-secret"),
        (#"token=>"\#(random(32, hexadecimal))""#, "generic-secret"),
        (#"token = "hf_\#(random(33))7""#, "generic-secret"),
        (#"client_secret="\#(random(32))""#, "generic-secret"),
    ]

    private static func random(_ count: Int, _ alphabet: String) -> String { random(count, seed: 3, alphabet) }

    static let harmless: [String] = [
        "commit \(random(40, hexadecimal))", "sha256:\(random(64, hexadecimal))",
        #""integrity": "sha512-\#(random(86))==""#, "550e8400-e29b-41d4-a716-446655440000",
        #""image": "data:image/png;base64,\#(random(3_000))""#,
        #""sk-abc": 50257, "hf_": 12, "ghp_": 13"#, "hf_model_name_or_path_with_a_long_name = 1",
        "my_hf_\(random(34)) = 1", "self.hf_\(random(34))_x",
        "sk-learn-is-a-library-for-machine-learning-in-python-of-old",
        "task-\(random(48))", "pk_live_\(random(24))", "sk_test_\(random(24))", "ghp_short", "ghp_\(random(60))_x",
        "eyJ\(random(30)).eyJ\(random(60)).", "eyJ\(random(300))", key, key + "\n...\n-----END",
        "-----BEGIN PUBLIC KEY-----\n\(random(64))\n", "-----BEGIN CERTIFICATE-----\n\(random(64))\n",
        "AKIA\(random(16, upper)) and nothing else", "AKIAIOSFODNN7EXAMPLE\n\(random(40))",
        #"password = "changeme-changeme-1""#, #"password = "xxxxxxxxxxxxxxxxxxxx""#,
        #"token = "<your token goes here 1>""#,
        #"token = "${SECRET_TOKEN_OF_1}""#, #"api_key = os.environ["OPENAI_API_KEY_1"]"#,
        #"api_key = "os.environ/KEY_NUMBER_1""#,
        #"secret = "example-of-a-secret-1234""#, #"password = "short1""#, #"password = "onlylettersinhere""#,
        #""pad_token": "<|endoftext|>""#, #""unk_token": "[UNK]", "tokenizer_class": "PreTrainedTokenizerFast2""#,
        #""token_type_ids": "abc123def456ghi789""#, #"password: getpass("Type it 1 twice 2: ")"#,
        "password = \(random(19))7", #"passwords = "\#(random(19))7""#, "AccountKey=\(random(20))==",
        "xoxb-this-is-not-a-token-but-some-words", "npm_config_registry_is_a_variable_of_npm",
    ]

    @Test("a secret is found, once, on its line", arguments: secrets)
    func found(text: String, rule: String) {
        let matches = Self.scan("first line\n\n" + text + "\nlast line")
        let line = 3 + (text.hasPrefix("aws") || !text.hasPrefix("k: ") ? 0 : 1)
        #expect(matches == [SecretMatch(rule: rule, line: line)])
    }

    @Test("what only looks like one is not reported", arguments: harmless)
    func notReported(text: String) {
        #expect(Self.scan("first line\n" + text + "\nlast line") == [])
    }

    @Test("it does not matter in what portions a text comes", arguments: [1, 7, 511, 4_096, 5_000])
    func portions(size: Int) {
        let padding = String(repeating: "lorem ipsum dolor sit amet\n", count: 300)
        let text = Self.secrets.map { padding + $0.0 }.joined(separator: "\n")
        let whole = Self.scan(text)
        #expect(whole.map(\.rule) == Self.secrets.map(\.1))
        #expect(Self.scan(text, portions: size) == whole)
    }

    @Test("a line of megabytes is scanned as any other")
    func longLine() {
        let filler = String(repeating: "0,1,", count: 500_000)
        #expect(
            Self.scan("\(filler) hf_\(Self.random(34)) \(filler)", portions: 65_536) == [
                SecretMatch(rule: "hugging-face-token", line: 1)
            ])
    }

    @Test("a key is looked for near its identifier, and no further")
    func near() {
        let text = { (gap: Int) in
            "AKIA\(Self.random(16, Self.upper))\(String(repeating: " ", count: gap))\(Self.random(40))"
        }
        #expect(Self.scan(text(SecretScan.lookBackBytes - 21)).count == 1)
        #expect(Self.scan(text(SecretScan.lookBackBytes - 20)).isEmpty)
    }

    @Test("no more matches are kept than anyone reads")
    func manyMatches() {
        let text = { (count: Int) in (0..<count).map { "hf_\(Self.random(34, seed: UInt64($0)))\n" }.joined() }
        #expect(Self.scan(text(SecretScan.mostMatches - 1)).count == SecretScan.mostMatches - 1)
        #expect(Self.scan(text(SecretScan.mostMatches + 1)).count == SecretScan.mostMatches)
    }

    @Test("entropy is that of Shannon, in bits a byte")
    func entropy() {
        for (text, bits) in [("aaaa", 0.0), ("abab", 1), ("abcd", 2), ("abcdefgh", 3), ("aaab", 0.8113), ("", 0)] {
            #expect(abs(SecretRules.shannonEntropy(of: Array(text.utf8)) - bits) < 0.001, "\(text)")
        }
    }
}
