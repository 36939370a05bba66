import Models

/// Reads ONNX models: a graph of operators and tensors in Protocol Buffers, fields as in onnx.proto of IR version 14.
///
/// A model names operators; the runtime has them. It does harm in two ways: a tensor "outside" whose path leads a
/// loader out of the model's folder, and operators that the runtime lacks and a native library must bring. Tensors'
/// bytes are passed over.
package enum ONNX {
    /// Domains whose operators come with the runtime.
    static let knownDomains: Set<String> = [
        "", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview.training", "com.microsoft",
    ]

    /// Operators of the runtime that run what is not in the graph.
    static let carriers: [String: String] = [
        "EPContext": "hands a compiled program to an accelerator's driver",
        "PythonOp": "runs a Python function", "PythonOpGrad": "runs a Python function",
    ]

    /// Name and bits of an element by number (`TensorProto.DataType`); nil bits when elements differ in size or their
    /// packing is not settled.
    static let types: [UInt64: (name: String, bits: UInt64?)] = [
        0: ("UNDEFINED", nil), 1: ("FLOAT", 32), 2: ("UINT8", 8), 3: ("INT8", 8), 4: ("UINT16", 16), 5: ("INT16", 16),
        6: ("INT32", 32), 7: ("INT64", 64), 8: ("STRING", nil), 9: ("BOOL", 8), 10: ("FLOAT16", 16), 11: ("DOUBLE", 64),
        12: ("UINT32", 32), 13: ("UINT64", 64), 14: ("COMPLEX64", 64), 15: ("COMPLEX128", 128), 16: ("BFLOAT16", 16),
        17: ("FLOAT8E4M3FN", 8), 18: ("FLOAT8E4M3FNUZ", 8), 19: ("FLOAT8E5M2", 8), 20: ("FLOAT8E5M2FNUZ", 8),
        21: ("UINT4", 4), 22: ("INT4", 4), 23: ("FLOAT4E2M1", 4), 24: ("FLOAT8E8M0", 8), 25: ("UINT2", 2),
        26: ("INT2", 2), 27: ("FLOAT6E2M3", nil), 28: ("FLOAT6E3M2", nil),
    ]

    /// What the file holds. Files with tensors "outside" become companions.
    package static func inspect(
        _ bytes: some RandomAccessBytes, limits: FormatLimits = .standard
    ) async throws(InspectionError) -> Finding {
        var walk = ONNXWalk(bytes, limits: limits)
        try await walk.readModel()
        guard walk.hasGraph else { throw .malformed("it has no graph") }
        guard walk.facts.attributes["ir_version"] != nil else { throw .malformed("it has no ir_version") }
        let doubts = walk.doubts
        let verdict: Finding.Verdict = !walk.dangers.isEmpty ? .dangerous : doubts.isEmpty ? .safe : .unknown
        return Finding(
            format: "onnx", verdict: verdict, reasons: ShownText.reasons(walk.dangers + doubts), facts: walk.facts)
    }
}
