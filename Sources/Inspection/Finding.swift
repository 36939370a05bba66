package import Models

/// What a file is, and whether opening it in the usual way can run code.
package struct Finding: Hashable, Sendable {
    /// What loading the file can do.
    package typealias Verdict = Models.Verdict

    /// The format, by the name people use for it: `safetensors`, `gguf`, `onnx`, `numpy`, `pickle`, `pytorch`, `joblib`,
    /// `keras`, `hdf5`, `zip`, `tar`, `json`, `text`, `unknown`, …
    package var format: String
    /// What loading it can do.
    package var verdict: Verdict
    /// Why, in words a user can act on, each at most 200 characters and at most 20 of them; empty for `safe`.
    package var reasons: [String]
    /// What the file says of the model in it.
    package var facts: Facts

    package init(format: String, verdict: Verdict, reasons: [String] = [], facts: Facts = Facts()) {
        self.format = format
        self.verdict = verdict
        self.reasons = reasons
        self.facts = facts
    }
}

/// What a model file says of itself.
package struct Facts: Hashable, Sendable {
    /// A tensor and where its bytes are.
    package struct Tensor: Hashable, Sendable {
        package var name: String
        /// As the format writes it: `F32`, `BF16`, `Q4_K`, …
        package var dtype: String
        package var shape: [UInt64]
        /// Its bytes, from the start of the file; nil when they are in another file or compressed.
        package var bytes: Range<UInt64>?

        package init(name: String, dtype: String, shape: [UInt64], bytes: Range<UInt64>?) {
            self.name = name
            self.dtype = dtype
            self.shape = shape
            self.bytes = bytes
        }
    }

    /// All tensors, in the file's order.
    package var tensors: [Tensor] = []
    /// What the file says besides, by the format's own keys (`general.architecture`, `format`, `ir_version`, …): text of
    /// at most 200 characters each, at most 50 of them.
    package var attributes: [String: String] = [:]
    /// Files beside it that it needs, as paths it gives (shards, external data).
    package var companions: [String] = []

    package init() {}

    /// Elements of all tensors; nil when they are more than fit 64 bits.
    package var parameters: UInt64? {
        var total: UInt64 = 0
        for tensor in tensors {
            var count: UInt64 = 1
            for length in tensor.shape {
                let (product, overflow) = count.multipliedReportingOverflow(by: length)
                if overflow { return nil }
                count = product
            }
            let (sum, overflow) = total.addingReportingOverflow(count)
            if overflow { return nil }
            total = sum
        }
        return total
    }
}
