import Models

/// The configuration of a model of Keras: which classes are looked up by name, and where.
///
/// Keras imports the module that an object names (CVE-2025-1550), and runs functions that are kept as code.
struct KerasConfiguration {
    /// What an object says of its class.
    private struct Described {
        var module: String?
        var className: String?
        var function: String?
    }

    private let limits: InspectionLimits
    private var evidence = Evidence()
    private var open: [Described] = []
    private var key: String?

    /// What speaks against the configuration `text`.
    static func evidence(of text: [UInt8], limits: InspectionLimits) -> Evidence {
        var configuration = KerasConfiguration(limits: limits)
        // Python's reader takes UTF-16 and UTF-32, too.
        if text.contains(0) { configuration.evidence.add(.unknown, "its configuration is not written in UTF-8") }
        do {
            try configuration.read(text)
        } catch .malformed(let reason) {
            configuration.evidence.add(.malformed, reason)
        } catch {
            configuration.evidence.add(.unknown, "it cannot be read")
        }
        return configuration.evidence
    }

    private init(limits: InspectionLimits) { self.limits = limits }

    /// Walks the text token by token. That it is JSON is not checked: Keras does that before it acts.
    private mutating func read(_ text: [UInt8]) throws(InspectionError) {
        var rest = text[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard open.count < limits.configurationDepth else {
                    throw .malformed("it is nested deeper than \(limits.configurationDepth)")
                }
                open.append(Described())
                key = nil
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard let closed = open.popLast() else { throw .malformed("it closes what is not open") }
                judge(closed)
                key = nil
            case UInt8(ascii: ","): key = nil
            case UInt8(ascii: "\""): try readText(&rest)
            default: break
            }
        }
        guard open.isEmpty else { throw .malformed("it ends too early") }
    }

    private mutating func readText(_ rest: inout ArraySlice<UInt8>) throws(InspectionError) {
        let text = try Self.unquoted(&rest)
        let next = rest.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
        if next.first == UInt8(ascii: ":") {
            rest = next.dropFirst()
            key = text
            if text == "__lambda__" { evidence.add(.dangerous, "it has a function that is kept as code") }
            return
        }
        note(text)
    }

    /// A text as the value of `key`. As Python does, of values of the same name the last counts.
    private mutating func note(_ text: String) {
        if text == "__lambda__" { evidence.add(.dangerous, "it has a function that is kept as code") }
        guard !open.isEmpty else { return }
        let last = open.count - 1
        switch key {
        case "class_name": open[last].className = text
        case "module": open[last].module = text
        case "config": open[last].function = text
        case "registered_name": noteRegistered(text)
        default: break
        }
    }

    private mutating func noteRegistered(_ name: String) {
        // Keras writes `Package>Class` for what a program registers, and the plain class for its own.
        guard name.contains(">") else { return }
        evidence.add(.unknown, "it needs the class \(Evidence.shown(name, limit: 60)), which a program has to register")
    }

    private mutating func judge(_ described: Described) {
        guard let className = described.className else { return }
        let shown = Evidence.shown("\(described.module ?? "keras").\(className)", limit: 100)
        if Self.runningCode.contains(className) {
            evidence.add(.dangerous, "it has \(shown), which runs code that is in the file or beside it")
            return
        }
        switch described.module {
        case nil: break
        case "builtins":
            // Functions are looked up among Keras's own, but then among Python's.
            let name = className == "function" ? described.function ?? "" : className
            if !Self.activations.contains(name) {
                evidence.add(.dangerous, "it takes \(Evidence.shown(name, limit: 60)) from Python itself")
            }
        case .some(let module) where Self.isOwn(module): break
        case .some(let module) where module == "keras" || module.hasPrefix("keras."):
            evidence.add(.unknown, "it has \(shown), which is not known to be harmless")
        case .some:
            evidence.add(.dangerous, "it has \(shown), for which Keras imports a module that the file names")
        }
    }

    /// Modules of Keras that only have classes of layers and the like.
    private static func isOwn(_ module: String) -> Bool {
        let parts = module.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.first == "keras", parts.count >= 2 else { return false }
        let part = parts[1] == "src" ? (parts.count >= 3 ? parts[2] : "") : parts[1]
        return kinds.contains(String(part)) && parts.count <= 5
    }

    private static let kinds: Set<String> = [
        "layers", "models", "optimizers", "losses", "metrics", "initializers", "regularizers", "constraints",
        "activations", "dtype_policies",
    ]
    private static let runningCode: Set<String> = [
        "Lambda", "__lambda__", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer",
    ]
    private static let activations: Set<String> = [
        "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "swish", "softmax", "log_softmax",
        "softplus", "softsign", "sigmoid", "hard_sigmoid", "hard_silu", "hard_swish", "log_sigmoid", "tanh",
        "hard_tanh",
        "linear", "mish", "exponential", "glu", "squareplus", "sparse_plus", "sparsemax", "threshold",
    ]

    /// The text up to the closing quote, with its escapes resolved.
    private static func unquoted(_ rest: inout ArraySlice<UInt8>) throws(InspectionError) -> String {
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let kind = rest.popFirst() else { throw .malformed("a text ends too early") }
                guard kind == UInt8(ascii: "u") else {
                    bytes.append(kind)
                    continue
                }
                let digits = String(decoding: rest.prefix(4), as: UTF8.self)
                guard digits.utf8.count == 4, let code = UInt32(digits, radix: 16) else {
                    throw .malformed("a text has a broken escape")
                }
                rest.removeFirst(4)
                bytes += Array(String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8)
            default: bytes.append(byte)
            }
        }
        throw .malformed("a text ends too early")
    }
}
