/// Messages of ONNX that say nothing of interest here: values' names and types, and notes.
enum ONNXMessage {
    /// `ValueInfoProto`, `TypeProto`, `TensorShapeProto`, `TensorAnnotation`.
    case value, type, shape, annotation
    /// `TypeProto.Tensor` and `SparseTensor`, `Sequence` and `Optional`, `Map`.
    case tensorType, elementType, mapType
    /// A message without others in it.
    case leaf

    /// The message that the field `number` holds; nil when it holds none.
    func part(_ number: UInt64) -> ONNXMessage? {
        switch (self, number) {
        case (.value, 2), (.elementType, 1), (.mapType, 2): .type
        case (.value, 4), (.annotation, 2), (.type, 7), (.shape, 1): .leaf
        case (.type, 1), (.type, 8): .tensorType
        case (.type, 4), (.type, 9): .elementType
        case (.type, 5): .mapType
        case (.tensorType, 2): .shape
        default: nil
        }
    }
}
