/// The instructions of Python's pickles, protocols 0 to 5, by their byte (CPython's `Lib/pickle.py`).
enum PickleOpcode: UInt8 {
    case mark = 0x28, stop = 0x2E, pop = 0x30, popMark = 0x31, duplicate = 0x32
    case float = 0x46, integer = 0x49, binaryInteger = 0x4A, binaryInteger1 = 0x4B, long = 0x4C, binaryInteger2 = 0x4D
    case none = 0x4E, persistentID = 0x50, binaryPersistentID = 0x51, reduce = 0x52
    case string = 0x53, binaryString = 0x54, shortBinaryString = 0x55, unicode = 0x56, binaryUnicode = 0x58
    case append = 0x61, build = 0x62, global = 0x63, dictionary = 0x64, emptyDictionary = 0x7D, appends = 0x65
    case get = 0x67, binaryGet = 0x68, longBinaryGet = 0x6A, instantiate = 0x69, list = 0x6C, emptyList = 0x5D
    case object = 0x6F, put = 0x70, binaryPut = 0x71, longBinaryPut = 0x72, setItem = 0x73, tuple = 0x74
    case emptyTuple = 0x29, setItems = 0x75, binaryFloat = 0x47
    // Protocol 2.
    case version = 0x80, newObject = 0x81, extension1 = 0x82, extension2 = 0x83, extension4 = 0x84
    case tuple1 = 0x85, tuple2 = 0x86, tuple3 = 0x87, yes = 0x88, no = 0x89, long1 = 0x8A, long4 = 0x8B
    // Protocol 3.
    case binaryBytes = 0x42, shortBinaryBytes = 0x43
    // Protocol 4.
    case shortBinaryUnicode = 0x8C, binaryUnicode8 = 0x8D, binaryBytes8 = 0x8E, emptySet = 0x8F, addItems = 0x90
    case frozenSet = 0x91, newObjectWithKeywords = 0x92, stackGlobal = 0x93, memoize = 0x94, frame = 0x95
    // Protocol 5.
    case byteArray8 = 0x96, nextBuffer = 0x97, readOnlyBuffer = 0x98

    /// What follows the byte of the instruction.
    enum Layout: Equatable {
        /// So many bytes: none, or a little-endian number.
        case fixed(Int)
        /// A little-endian number of so many bytes, and as many bytes as it says.
        case counted(Int)
        /// So many lines, each with its line feed.
        case lines(Int)
    }

    var layout: Layout {
        switch self {
        case .float, .integer, .long, .persistentID, .string, .unicode, .get, .put: .lines(1)
        case .global, .instantiate: .lines(2)
        case .binaryInteger1, .binaryGet, .binaryPut, .version, .extension1: .fixed(1)
        case .binaryInteger2, .extension2: .fixed(2)
        case .binaryInteger, .longBinaryGet, .longBinaryPut, .extension4: .fixed(4)
        case .binaryFloat, .frame: .fixed(8)
        case .shortBinaryString, .shortBinaryUnicode, .shortBinaryBytes, .long1: .counted(1)
        case .binaryString, .binaryUnicode, .binaryBytes, .long4: .counted(4)
        case .binaryUnicode8, .binaryBytes8, .byteArray8: .counted(8)
        default: .fixed(0)
        }
    }

    /// The number of bytes is signed: a negative one is an error.
    var countIsSigned: Bool { self == .binaryString || self == .long4 }
}
