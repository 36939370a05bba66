import CZlib

/// Inflates piece by piece with zlib. Never makes more than is asked for at once.
final class Inflater {
    /// How the bytes are wrapped.
    enum Wrapping {
        /// Not at all, as in a zip.
        case none
        /// As zlib or as gzip, whichever it is. Several may follow each other, as Python reads them.
        case zlibOrGzip

        /// Base-2 logarithm of the window, with zlib's marks: negative for none, 32 more to tell the wrapping.
        fileprivate var windowBits: CInt {
            switch self {
            case .none: -15
            case .zlibOrGzip: 15 + 32
            }
        }
    }

    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let wrapping: Wrapping
    private let isReady: Bool
    private var input: [UInt8] = []
    private var consumed = 0
    /// The stream has come to its end.
    private(set) var isDone = false
    /// A stream has come to its end, and nothing has come after it.
    private(set) var isBetween = false

    init(_ wrapping: Wrapping) {
        stream.initialize(to: z_stream())
        self.wrapping = wrapping
        let size = CInt(MemoryLayout<z_stream>.size)
        isReady = inflateInit2_(stream, wrapping.windowBits, ZLIB_VERSION, size) == Z_OK
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// All that was given is used up.
    var needsInput: Bool { consumed == input.count && !isDone }

    /// Gives more, once all is used up.
    func give(_ bytes: [UInt8]) {
        input = bytes
        consumed = 0
    }

    /// At most `limit` bytes more; none when more input is needed or the stream is done.
    func inflate(limit: Int) throws(InspectionError) -> [UInt8] {
        guard isReady else { throw .unreadable("zlib has no memory") }
        var status = Z_OK
        let plain = [UInt8](unsafeUninitializedCapacity: limit) { plain, count in
            input.withUnsafeMutableBufferPointer { input in
                stream.pointee.next_in = input.baseAddress.map { $0 + consumed }
                stream.pointee.avail_in = uInt(clamping: input.count - consumed)
                stream.pointee.next_out = plain.baseAddress
                stream.pointee.avail_out = uInt(clamping: limit)
                status = CZlib.inflate(stream, Z_NO_FLUSH)
                consumed = input.count - Int(stream.pointee.avail_in)
            }
            count = limit - Int(stream.pointee.avail_out)
        }
        isBetween = false
        switch status {
        case Z_STREAM_END: try finishStream()
        case Z_OK, Z_BUF_ERROR: break
        default: throw .malformed("what is compressed is damaged")
        }
        return plain
    }

    private func finishStream() throws(InspectionError) {
        isBetween = true
        switch wrapping {
        case .none: isDone = true
        case .zlibOrGzip:
            guard inflateReset(stream) == Z_OK else { throw .unreadable("zlib cannot go on") }
        }
    }
}
