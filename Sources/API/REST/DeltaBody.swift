import Foundation
import Models
import NIOCore
import RegistryService

/// Takes the body of an upload apart that comes as a delta, as it comes: what is not whole yet waits for the next
/// bytes.
struct DeltaBody {
    /// What the body asks for next.
    enum Step: Hashable {
        case header(Delta.Header)
        case bytes(ByteBuffer)
        case copy(source: Int, range: Range<UInt64>)
    }

    private var buffer = ByteBuffer()
    private var hasHeader = false
    /// Of the instruction that was begun.
    private var bytesLeft = 0

    /// Whether nothing is begun that did not come whole.
    var isWhole: Bool { hasHeader && bytesLeft == 0 && buffer.readableBytes == 0 }

    /// The next bytes of the body.
    mutating func append(_ bytes: ByteBuffer) {
        buffer.discardReadBytes()
        buffer.writeImmutableBuffer(bytes)
    }

    /// The next step; nil until more bytes come.
    mutating func next() throws(ServiceError) -> Step? {
        guard hasHeader else { return try header() }
        while bytesLeft == 0 {
            switch buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) {
            case nil: return nil
            case Delta.bytesCode?:
                guard let (_, count) = buffer.readMultipleIntegers(as: (UInt8, UInt32).self) else { return nil }
                bytesLeft = Int(count)
            case Delta.copyCode?:
                guard let copy = buffer.readMultipleIntegers(as: (UInt8, UInt32, UInt64, UInt64).self) else {
                    return nil
                }
                let (end, overflow) = copy.2.addingReportingOverflow(copy.3)
                guard !overflow else { throw .invalidRequest("the delta copies bytes beyond any file") }
                return .copy(source: Int(copy.1), range: copy.2..<end)
            case let code?: throw .invalidRequest("the delta has an instruction \(code), which is none")
            }
        }
        guard let bytes = buffer.readSlice(length: min(bytesLeft, buffer.readableBytes)), bytes.readableBytes > 0 else {
            return nil
        }
        bytesLeft -= bytes.readableBytes
        return .bytes(bytes)
    }

    private mutating func header() throws(ServiceError) -> Step? {
        guard let count = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return nil }
        guard count <= Limits.standard.requestBytes else {
            throw .invalidRequest("the header of a delta has at most \(Limits.standard.requestBytes) bytes")
        }
        guard buffer.readableBytes >= 4 + Int(count),
            let bytes = buffer.getBytes(at: buffer.readerIndex + 4, length: Int(count))
        else { return nil }
        buffer.moveReaderIndex(forwardBy: 4 + Int(count))
        hasHeader = true
        do { return .header(try JSONDecoder().decode(Delta.Header.self, from: Data(bytes))) } catch {
            throw .invalidRequest(
                "the header of the delta is not as expected: it has “size” and “sources”, each with project, model, version and path"
            )
        }
    }
}
