import Models

/// What is known of the imports of pickles. A list of what is harmless decides; the list of what is dangerous gives the
/// words.
///
/// An import is harmless when importing it, calling it with harmless things, and giving its objects a state does nothing
/// but make and fill objects: no code of the file's choice runs, nothing is read, written or sent. Python's way of
/// importing is exact, so the names are compared byte for byte.
package enum PickleAllowList {
    /// What loading a pickle with this import can do: `safe`, `unknown` or `dangerous`.
    package static func verdict(on named: PickleImport) -> Finding.Verdict {
        // Swift compares by canonical equivalence; of ASCII only the same is equal.
        guard named.module.utf8.allSatisfy({ $0 < 0x80 }), named.name.utf8.allSatisfy({ $0 < 0x80 }) else {
            return .unknown
        }
        if harmless[named.module]?.contains(named.name) == true { return .safe }
        return DangerousImports.contains(named) ? .dangerous : .unknown
    }

    private static let harmless: [String: Set<String>] = {
        var all: [String: Set<String>] = [:]
        for (module, names) in python + numpy + torch + sciKitLearn {
            all[module, default: []].formUnion(names.split(whereSeparator: \.isWhitespace).map(String.init))
        }
        return all
    }()

    /// Types whose construction only makes a value, and functions by which protocols 0 to 2 write such.
    private static let python: [(String, String)] = [
        (
            "builtins",
            "set frozenset bytearray bytes complex int float bool str list tuple dict object slice range Ellipsis"
        ),
        (
            "__builtin__",
            "set frozenset bytearray complex int long float bool str unicode list tuple dict object slice xrange"
        ),
        ("collections", "OrderedDict Counter defaultdict deque"),
        // Makes an object of a class without calling its initialiser; classes are judged themselves.
        ("copyreg", "_reconstructor"), ("copy_reg", "_reconstructor"),
        // How protocol 2 writes bytes. It can import nothing but Python's own codecs.
        ("_codecs", "encode"),
        ("datetime", "date datetime time timedelta timezone"),
        ("decimal", "Decimal"),
        // Holds the arguments of a training: an object with attributes.
        ("argparse", "Namespace"),
    ]

    /// Arrays, their types and their scalars. Random generators are not among them: their state is not checked.
    private static let numpy: [(String, String)] = [
        (
            "numpy",
            """
            dtype ndarray bool_ bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64
            complex64 complex128 intc uintc longlong ulonglong longdouble str_ bytes_ datetime64 timedelta64
            """
        ),
        ("numpy.core.multiarray", "_reconstruct scalar"),
        ("numpy._core.multiarray", "_reconstruct scalar"),
        ("numpy.core.numeric", "_frombuffer"),
        ("numpy._core.numeric", "_frombuffer"),
        // joblib's description of an array, whose bytes follow.
        ("joblib.numpy_pickle", "NumpyArrayWrapper"),
    ]

    /// What PyTorch itself allows for weights (`torch/_weights_only_unpickler.py`), without classes of layers.
    private static let torch: [(String, String)] = [
        (
            "torch._utils",
            """
            _rebuild_tensor _rebuild_tensor_v2 _rebuild_tensor_v3 _rebuild_parameter _rebuild_parameter_with_state
            _rebuild_qtensor _rebuild_sparse_tensor _rebuild_meta_tensor_no_storage _rebuild_wrapper_subclass
            _rebuild_device_tensor_from_numpy _rebuild_device_tensor_from_cpu_tensor
            """
        ),
        ("torch._tensor", "_rebuild_from_type_v2"),
        ("torch.nn.parameter", "Parameter"),
        ("torch.serialization", "_get_layout"),
        ("torch.storage", "TypedStorage UntypedStorage"),
        ("torch", "Size Tensor device \(storages) \(tensors) \(types)"),
        ("torch.cuda", "\(storages) \(tensors)"),
    ]

    private static let storages = """
        DoubleStorage FloatStorage HalfStorage BFloat16Storage LongStorage IntStorage ShortStorage CharStorage ByteStorage
        BoolStorage ComplexDoubleStorage ComplexFloatStorage QUInt8Storage QInt8Storage QInt32Storage QUInt4x2Storage
        QUInt2x4Storage
        """

    private static let tensors = """
        DoubleTensor FloatTensor HalfTensor BFloat16Tensor LongTensor IntTensor ShortTensor CharTensor ByteTensor
        BoolTensor
        """

    private static let types = """
        float16 float32 float64 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool complex32 complex64
        complex128 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu quint8 qint8 qint32
        quint4x2 quint2x4 per_tensor_affine per_tensor_symmetric per_channel_affine per_channel_symmetric
        per_channel_affine_float_qparams
        """
}
