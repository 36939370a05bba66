/// How much of a model file is looked at. What goes beyond is refused in words, before anything is allocated for it.
package struct FormatLimits: Sendable {
    /// The limits in force.
    package static let standard = FormatLimits()

    // Reading.

    /// Bytes read at once after a jump: a tensor's description is smaller, and its data need not be read.
    package var leastWindowBytes: UInt64 = 4 << 10
    /// Bytes read at once when reading goes on: the larger, the fewer trips to storage; more than this gains nothing.
    package var mostWindowBytes: UInt64 = 256 << 10
    /// Bytes read of one file through windows. A tokenizer has 20 MB, a graph seldom 50; names kept are among them.
    package var readBytes: UInt64 = 256 << 20

    // JSON.

    /// Bytes of one text. The safetensors specification allows this much for a header; a tokenizer has half of it.
    package var textBytes: UInt64 = 100_000_000
    /// Objects and arrays within each other: what serde_json, which safetensors uses, allows.
    package var textDepth = 128
    /// Members of one object. The largest vocabularies have a quarter of it.
    package var textMembers = 1_000_000
    /// Bytes of one number. All digits of a double are 767.
    package var numberBytes = 1_024

    // Tensors.

    /// Tensors of one file, or of all shards of an index. Of the largest models known, which have many small experts,
    /// the index names 200,000.
    package var tensors: UInt64 = 500_000
    /// Dimensions of one tensor: what NumPy and PyTorch allow.
    package var dimensions = 64
    /// Files that one file names beside it. The largest models have 200.
    package var companions = 10_000

    // GGUF.

    /// Key-value pairs. Files have fewer than 100.
    package var pairs: UInt64 = 65_536
    /// Bytes of a key: what the specification allows.
    package var keyBytes: UInt64 = 65_535
    /// Bytes of a tensor's name: what the specification allows.
    package var nameBytes: UInt64 = 64
    /// Dimensions of a GGUF tensor: what ggml has.
    package var blockDimensions: UInt64 = 4
    /// Arrays within each other. No known key nests them; the specification allows it.
    package var arrayDepth = 4
    /// Strings and arrays in all arrays, which are walked one by one. The largest vocabularies have 500,000 merges.
    package var listed: UInt64 = 10_000_000
    /// Bytes of a chat template. The longest known have 30,000.
    package var templateBytes: UInt64 = 1 << 20

    // ONNX.

    /// Messages within each other: Protocol Buffers' own limit. A graph within a graph takes three.
    package var messageDepth = 100
    /// Fields read. A graph of a million nodes has 20 each.
    package var fields = 20_000_000
    /// Bytes of a name: longer ones are no names.
    package var textFieldBytes: UInt64 = 4_096
    /// Operators of other domains remembered, each once. Libraries have a few dozen.
    package var foreignOperators = 1_000

    // NumPy.

    /// Bytes of a header: a structured type of 10,000 fields. NumPy itself asks before it reads more than 10,000 bytes.
    package var arrayHeaderBytes: UInt64 = 1 << 20
    /// Lists and tuples within each other; structured types seldom nest.
    package var literalDepth = 32

    // Telling kinds apart.

    /// Bytes looked at to tell what a file is: a tar's mark is at 257, text shows itself in fewer.
    package var headBytes: UInt64 = 16 << 10
}
