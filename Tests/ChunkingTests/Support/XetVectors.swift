/// What other Xet implementations say of known bytes. The cuts were computed byte by byte from the specification's text
/// and confirmed by `hf_xet` 1.8.0, Hugging Face's client: its hash of each file commits to every chunk's name and
/// size.
enum XetVectors {
    /// Where `splitmix(seed: 0, count: 1_000_000)` is cut: the vector that xet-core's own tests state.
    static let randomCuts = [
        84493, 134421, 144853, 243318, 271793, 336457, 467529, 494581, 582000, 596735, 616815, 653164,
        678202, 724510, 815591, 827760, 958832, 991092, 1000000,
    ]

    /// The chunks of `splitmix(seed: 1, count: 256_000)`.
    static let randomChunks: [(name: String, size: Int)] = [
        ("2520f307e75abcb6555d51e9019c4fb6eaa48883cb20c6fb5841450e5192f8b1", 25125),
        ("a541447b277c431354bad0237cb08349615a92601f57815c7125dd1e5185e55b", 79372),
        ("60c902ab8da4775301965d815987a8b521a9b7ce40626c9466b150e781acf55f", 131072),
        ("b85030719f9ba26a7443374c4ee8a6dbb1fc24952ffbc62e58d255dd505c2f4b", 20431),
    ]

    /// Chunk names by PyPI's `blake3` 1.0.11 under DATA_KEY, of as many bytes of 0, 1, 2 … 250, 0, 1 …
    static let names: [(length: Int, name: String)] = [
        (0, "e0f2cf784e7e5f10c34f84af150e9a5ff9664216debad915364d741049870f67"),
        (1, "df93298cdbf67cd507aed28d6290c0cf7f9aa0aa88dfa629cffcf98680659410"),
        (1023, "6dc65deeb26a565c6362a846c4001a19e930b638fb97bce58bcd009afd949286"),
        (1024, "2f02b7065d8ba9b897c3745a91fc4e5808d16aa69b9317aec1ab422c9f8d223e"),
        (1025, "aca1099792368bfd08d498121d36d9e70d182f4248b6939bb39e123c4132296c"),
        (8191, "0b4c9e523eb80ddd14cdf6ef70447c2da45a19f70aeea0ec0d0df36412bfbdbc"),
        (8192, "42246f4287434c94b6a912c74a96f839d6b6a9329d4bfbaa30af03820c074c5e"),
        (65535, "41e922226efa68f5d01ccfe6bb64b7c8d2e6087907b8d2f2dbe087a59a0daad7"),
        (65536, "9f92025c37b4803a3a65057b1a284756a9f9d5b00b5ea2eec3bb40711dd11a38"),
        (131071, "1f93371a9a6381f27665269eb2a5fac884979ad97b114d723a73e2a57d7fc0ee"),
        (131072, "609c31da33ad3bce3c6d350d608a9a352a25917fe7127bdac3d33048ccf8c190"),
    ]

    /// 64 bytes at whose end the mask matches, whatever came before, and even without the first of them: those from
    /// 316595 on of `splitmix(seed: 7, …)`.
    static let match: [UInt8] = [
        0x29, 0x8b, 0x84, 0xfd, 0x86, 0xc5, 0x60, 0xa9, 0xfa, 0xe4, 0x1a, 0xc0, 0x57, 0x81, 0x82, 0x73,
        0x8b, 0xff, 0x72, 0xe7, 0x3e, 0xea, 0x2a, 0xf3, 0x88, 0xa3, 0xeb, 0x63, 0xa8, 0x48, 0x6a, 0x93,
        0x50, 0x56, 0xc7, 0x9e, 0x55, 0x8f, 0x76, 0x96, 0x88, 0x41, 0x05, 0x26, 0xdc, 0x7a, 0xc9, 0x85,
        0x5b, 0x27, 0x7b, 0xd4, 0x71, 0xca, 0xdb, 0xb3, 0x2a, 0x9d, 0xd7, 0x68, 0xc5, 0x8b, 0x99, 0x3e,
    ]

    /// A file of zeros in which `match` ends at the positions `matches`.
    struct Row: Sendable {
        let matches: [Int]
        let size: Int
        let cuts: [Int]
    }

    static let placed = [
        Row(matches: [8191], size: 20000, cuts: [20000]),
        Row(matches: [8192], size: 20000, cuts: [8192, 20000]),
        Row(matches: [8193], size: 20000, cuts: [8193, 20000]),
        Row(matches: [8192, 16383], size: 40000, cuts: [8192, 40000]),
        Row(matches: [8192, 16384], size: 40000, cuts: [8192, 16384, 40000]),
        Row(matches: [131071], size: 140000, cuts: [131071, 140000]),
        Row(matches: [131072], size: 140000, cuts: [131072, 140000]),
        Row(matches: [131073], size: 140000, cuts: [131072, 140000]),
        Row(matches: [8192, 139263], size: 150000, cuts: [8192, 139263, 150000]),
        Row(matches: [8192, 139264], size: 150000, cuts: [8192, 139264, 150000]),
        Row(matches: [8192, 139265], size: 150000, cuts: [8192, 139264, 150000]),
    ]

    /// 64 KiB of `match`, each followed by so many zeros.
    static let repeated: [(zeros: Int, cuts: [Int])] = [
        (0, [8192, 16384, 24576, 32768, 40960, 49152, 57344, 65536]),
        (1, [8254, 16509, 24764, 33019, 41274, 49529, 57784, 65536]),
        (7, [8229, 16465, 24701, 32937, 41173, 49409, 57645, 65536]),
        (33, [8212, 16457, 24702, 32947, 41192, 49437, 57682, 65536]),
        (63, [8192, 16447, 24702, 32957, 41212, 49467, 57722, 65536]),
        (64, [8256, 16448, 24640, 32832, 41024, 49216, 57408, 65536]),
        (65, [8320, 16576, 24832, 33088, 41344, 49600, 57856, 65536]),
        (100, [8264, 16464, 24664, 32864, 41064, 49264, 57464, 65536]),
        (127, [8277, 16490, 24703, 32916, 41129, 49342, 57555, 65536]),
    ]
}
