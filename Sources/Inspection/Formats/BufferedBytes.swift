/// A file read through a window: small after a jump, larger while reading goes on. Skipping reads nothing.
struct BufferedBytes<Source: RandomAccessBytes>: Sendable {
    let size: UInt64
    private let source: Source
    private let limits: FormatLimits
    private var window: [UInt8] = []
    private var start: UInt64 = 0
    private var spent: UInt64 = 0

    init(_ source: Source, limits: FormatLimits) {
        self.source = source
        self.limits = limits
        size = source.size
    }

    private var end: UInt64 { start &+ UInt64(window.count) }

    /// The bytes of `range`. The caller bounds how many.
    mutating func bytes(_ range: Range<UInt64>) async throws(InspectionError) -> [UInt8] {
        try await load(range)
        guard let first = index(of: range.lowerBound), range.length <= UInt64(window.count - first) else { return [] }
        return Array(window[first..<first + range.count])
    }

    /// The text of `range`; what is no UTF-8 is replaced. The caller bounds how long.
    mutating func text(_ range: Range<UInt64>) async throws(InspectionError) -> String {
        try await load(range)
        guard let first = index(of: range.lowerBound), range.length <= UInt64(window.count - first) else { return "" }
        return String(decoding: window[first..<first + range.count], as: UTF8.self)
    }

    /// The little-endian number at `offset`.
    mutating func integer<Integer: FixedWidthInteger & UnsignedInteger>(
        at offset: UInt64, as type: Integer.Type = Integer.self
    ) async throws(InspectionError) -> Integer {
        let count = Integer.bitWidth / 8
        try await load(try range(at: offset, count: UInt64(count)))
        guard let first = index(of: offset) else { return 0 }
        return window[first..<first + count].reversed().reduce(0) { $0 << 8 | Integer($1) }
    }

    /// The number of seven bits a byte at `offset`, and how many bytes it takes; it must end before `end`.
    mutating func varint(at offset: UInt64, before end: UInt64) async throws(InspectionError) -> (UInt64, count: UInt64)
    {
        guard offset < end else { throw .malformed("a number is cut off at byte \(offset)") }
        try await load(offset..<min(end, offset &+ 10))
        guard let first = index(of: offset) else { return (0, 1) }
        var value: UInt64 = 0
        for (place, byte) in window[first..<min(window.count, first + Int(min(end - offset, 10)))].enumerated() {
            if place == 9, byte > 1 { break }
            value |= UInt64(byte & 0x7F) << UInt64(7 * place)
            if byte < 0x80 { return (value, UInt64(place + 1)) }
        }
        throw .malformed("the number at byte \(offset) does not end within 64 bits")
    }

    /// `count` bytes from `offset`, if the file has them.
    func range(at offset: UInt64, count: UInt64) throws(InspectionError) -> Range<UInt64> {
        let (end, overflow) = offset.addingReportingOverflow(count)
        guard !overflow, end <= size else {
            throw .malformed("\(count) bytes are announced at byte \(offset), but the file has \(size)")
        }
        return offset..<end
    }

    private func index(of offset: UInt64) -> Int? {
        offset >= start && offset <= end ? Int(offset - start) : nil
    }

    /// Puts `range` into the window.
    private mutating func load(_ range: Range<UInt64>) async throws(InspectionError) {
        if range.lowerBound >= start, range.upperBound <= end { return }
        guard range.upperBound <= size else {
            throw .malformed("the file ends at byte \(size), in the middle of what begins at \(range.lowerBound)")
        }
        // What lies a little further on goes on, too: lists of texts are read by hopping from length to length.
        let goesOn = !window.isEmpty && range.lowerBound >= start && range.lowerBound <= end &+ UInt64(window.count)
        let wanted = goesOn ? min(UInt64(window.count) &* 2, limits.mostWindowBytes) : limits.leastWindowBytes
        let count = min(max(wanted, range.upperBound - range.lowerBound), size - range.lowerBound)
        spent &+= max(count, limits.leastWindowBytes)
        guard spent <= limits.readBytes else {
            throw .malformed("its description is longer than the \(limits.readBytes) bytes that are read here")
        }
        window = try await source.read(range.lowerBound..<range.lowerBound + count)
        start = range.lowerBound
        guard UInt64(window.count) == count else {
            window = []
            throw .unreadable("\(count) bytes at \(range.lowerBound) were asked for, and another number came")
        }
    }
}

extension Range<UInt64> {
    /// How many there are; `count` is an `Int`, which does not hold all.
    var length: UInt64 { upperBound &- lowerBound }

    /// The first `count` of them.
    func prefix(_ count: Int) -> Range<UInt64> { lowerBound..<Swift.min(upperBound, lowerBound &+ UInt64(count)) }
}
