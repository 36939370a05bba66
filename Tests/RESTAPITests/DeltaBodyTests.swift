import Models
import NIOCore
import RegistryService
import Testing

@testable import RESTAPI

@Suite("Bodies that are deltas")
struct DeltaBodyTests {
    private static let header = #"{"size":7,"sources":[{"project":"p","model":"m","version":2,"path":"a/b"}]}"#

    private static var body: ByteBuffer {
        var body = ByteBuffer(integer: UInt32(header.utf8.count))
        body.writeString(header)
        body.writeMultipleIntegers(Delta.bytesCode, UInt32(0))
        body.writeMultipleIntegers(Delta.bytesCode, UInt32(3))
        body.writeString("abc")
        body.writeMultipleIntegers(Delta.copyCode, UInt32(0), UInt64(1 << 40), UInt64(4))
        return body
    }

    private func steps(_ pieces: some Sequence<ByteBuffer>) throws -> (steps: [DeltaBody.Step], isWhole: Bool) {
        var (body, steps) = (DeltaBody(), [DeltaBody.Step]())
        for piece in pieces {
            body.append(piece)
            while let step = try body.next() { steps.append(step) }
        }
        return (steps, body.isWhole)
    }

    @Test("A body gives the same however it is cut")
    func pieces() throws {
        let source = Delta.Source(
            project: try ProjectName("p"), model: try ModelName("m"), version: 2, path: try FilePath("a/b"))
        let header = DeltaBody.Step.header(Delta.Header(size: 7, sources: [source]))
        let copy = DeltaBody.Step.copy(source: 0, range: 1 << 40..<(1 << 40) + 4)
        let whole = try steps([Self.body])
        #expect(whole.steps == [header, .bytes(ByteBuffer(string: "abc")), copy])
        #expect(whole.isWhole)
        let bytes = try steps(Self.body.readableBytesView.map { ByteBuffer(integer: $0) })
        #expect(bytes.steps == [header] + "abc".map { .bytes(ByteBuffer(string: String($0))) } + [copy])
        #expect(bytes.isWhole)
    }

    @Test("A body that ends early is not whole, wherever it ends")
    func cutOff() throws {
        let body = Self.body
        // Where an instruction ends, the file may be shorter than announced: that is found out by its size.
        let ends = [0, 5, 13].map { 4 + Self.header.utf8.count + $0 } + [body.readableBytes]
        for count in 0...body.readableBytes {
            let cut = try #require(body.getSlice(at: 0, length: count))
            #expect(try steps([cut]).isWhole == ends.contains(count), "\(count) bytes")
        }
    }

    @Test("What is no instruction, copies beyond 64 bits or has a header without end is refused")
    func refused() throws {
        var strange = try #require(Self.body.getSlice(at: 0, length: 4 + Self.header.utf8.count))
        var beyond = strange
        strange.writeInteger(UInt8(3))
        beyond.writeMultipleIntegers(Delta.copyCode, UInt32(0), UInt64.max, UInt64(2))
        for body in [strange, beyond, ByteBuffer(integer: UInt32.max), ByteBuffer(string: "\0\0\0\u{2}[]")] {
            #expect(throws: ServiceError.self) { try steps([body]) }
        }
    }
}
