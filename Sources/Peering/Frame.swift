import Models
import NIOCore
import Storage

/// What travels on a link: a 32-bit big-endian length of what follows it, one byte of kind, and the payload.
///
/// Kinds from 0x01 open and keep a link; 0x10 is a message; from 0x20 hints, which nobody answers; from 0x40
/// requests and from 0x60 replies, both beginning with the request's 64-bit number. Unknown hints are ignored and
/// unknown requests answered with a failure, so that a newer peer can ask; any other unknown kind breaks the protocol.
enum Frame: Hashable, Sendable {
    /// The accepting end's first frame: who it is.
    case greeting(Greeting)
    /// The dialling end's answer: who it is, whom it wants, and what for.
    case hello(Hello)
    /// The accepting end lets the link open, at this protocol version.
    case welcome(version: UInt16)
    /// The link does not open, for this reason; whoever sent it closes.
    case refusal(PeerError.TurnedAway, String)
    /// The dialling end lives.
    case ping
    /// So does the other.
    case pong
    /// A message for the peer's handler.
    case message([UInt8])
    /// These pages will be asked for soon.
    case prefetch([PageReference])
    /// This page came in, will be asked for soon, and is of a file that the client may go on with elsewhere.
    case received(ReceivedPage)
    /// A hint that this build does not know.
    case unknownHint
    /// How are you?
    case statusRequest(id: UInt64)
    /// How are you, in every detail that you know?
    case detailRequest(id: UInt64)
    /// Keep a file's bytes safely.
    case secureRequest(id: UInt64, SecureRequest)
    /// Send these chunks: one `chunk` each, in order.
    case fetchRequest(id: UInt64, [ChunkKey])
    /// Take a file over, which comes in parts.
    case handoverRequest(id: UInt64, AnnouncedFile)
    /// A part of the file.
    case handoverPart(id: UInt64, HandoverPart)
    /// How much do you hold?
    case inventoryRequest(id: UInt64, InventoryRequest)
    /// What time is it?
    case clockRequest(id: UInt64)
    /// Is the audit log like this?
    case witnessRequest(id: UInt64, WitnessRequest)
    /// A request that this build does not know.
    case unknownRequest(id: UInt64)
    /// How the node is.
    case status(id: UInt64, NodeStatus)
    /// How the node is, in every detail.
    case detail(id: UInt64, NodeStatus)
    /// The file's bytes are safe.
    case receipt(id: UInt64, Receipt)
    /// One chunk that was asked for; no bytes when it is not there.
    case chunk(id: UInt64, ChunkKey, [UInt8]?)
    /// So many bytes of a file that is handed over were taken in.
    case taken(id: UInt64, UInt32)
    /// A file was taken over.
    case handedOver(id: UInt64, HandedOver)
    /// So much is held.
    case inventory(id: UInt64, Inventory)
    /// It is so many milliseconds since 1970.
    case clock(id: UInt64, Int64)
    /// It is, signed.
    case witnessed(id: UInt64, Witnessed)
    /// The request cannot be fulfilled, for this reason.
    case failure(id: UInt64, String)
}

extension Frame {
    /// Bytes before the payload: length and kind.
    static let headerBytes = 5

    /// The kind, as it is written.
    var kind: UInt8 {
        switch self {
        case .greeting: 0x01
        case .hello: 0x02
        case .welcome: 0x03
        case .refusal: 0x04
        case .ping: 0x05
        case .pong: 0x06
        case .message: 0x10
        case .prefetch: 0x20
        case .received: 0x21
        case .unknownHint: 0x2F
        case .statusRequest: 0x40
        case .secureRequest: 0x41
        case .fetchRequest: 0x42
        case .detailRequest: 0x43
        case .handoverRequest: 0x44
        case .handoverPart: 0x45
        case .inventoryRequest: 0x46
        case .clockRequest: 0x47
        case .witnessRequest: 0x48
        case .unknownRequest: 0x5F
        case .status: 0x60
        case .receipt: 0x61
        case .chunk: 0x62
        case .failure: 0x63
        case .detail: 0x64
        case .taken: 0x65
        case .handedOver: 0x66
        case .inventory: 0x67
        case .clock: 0x68
        case .witnessed: 0x69
        }
    }

    /// Appends length, kind and payload.
    func write(to buffer: inout ByteBuffer) {
        let start = buffer.writerIndex
        buffer.writeInteger(UInt32(0))
        buffer.writeInteger(kind)
        writePayload(to: &buffer)
        buffer.setInteger(UInt32(buffer.writerIndex - start - 4), at: start)
    }

    /// The frame alone.
    var bytes: ByteBuffer {
        var buffer = ByteBuffer()
        write(to: &buffer)
        return buffer
    }

    /// Bytes of the frame that carries `message`.
    static func bytes(ofMessage message: [UInt8]) -> Int { headerBytes + message.count }

    private func writePayload(to buffer: inout ByteBuffer) {
        switch self {
        case .greeting(let greeting): buffer.writeBytes(greeting.canonicalBytes)
        case .hello(let hello): buffer.writeBytes(hello.canonicalBytes)
        case .welcome(let version): buffer.writeInteger(version)
        case .refusal(let code, let reason):
            buffer.writeInteger(code.rawValue)
            buffer.writeString(reason)
        case .ping, .pong, .unknownHint: break
        case .message(let bytes): buffer.writeBytes(bytes)
        case .prefetch(let pages):
            var writer = CanonicalWriter()
            writer.write(list: pages)
            buffer.writeBytes(writer.bytes)
        case .received(let page): buffer.writeBytes(page.canonicalBytes)
        case .statusRequest(let id), .detailRequest(let id), .clockRequest(let id), .unknownRequest(let id):
            buffer.writeInteger(id)
        case .clock(let id, let time): buffer.writeMultipleIntegers(id, time)
        case .witnessRequest(let id, let request): Self.write(id, request, to: &buffer)
        case .witnessed(let id, let witnessed): Self.write(id, witnessed, to: &buffer)
        case .secureRequest(let id, let request): Self.write(id, request, to: &buffer)
        case .handoverRequest(let id, let handover): Self.write(id, handover, to: &buffer)
        case .handoverPart(let id, let part):
            buffer.writeInteger(id)
            Self.write(part, to: &buffer)
        case .inventoryRequest(let id, let request): Self.write(id, request, to: &buffer)
        case .taken(let id, let count): buffer.writeMultipleIntegers(id, count)
        case .handedOver(let id, let handedOver): Self.write(id, handedOver, to: &buffer)
        case .inventory(let id, let inventory): Self.write(id, inventory, to: &buffer)
        case .fetchRequest(let id, let keys):
            buffer.writeInteger(id)
            for key in keys { buffer.writeBytes(key.bytes) }
        case .status(let id, let status):
            buffer.writeInteger(id)
            buffer.writeBytes(status.firstFormat)
        case .detail(let id, let status): Self.write(id, status, to: &buffer)
        case .receipt(let id, let receipt): Self.write(id, receipt, to: &buffer)
        case .chunk(let id, let key, let bytes):
            buffer.writeInteger(id)
            buffer.writeBytes(key.bytes)
            buffer.writeInteger(UInt8(bytes == nil ? 0 : 1))
            buffer.writeBytes(bytes ?? [])
        case .failure(let id, let reason):
            buffer.writeInteger(id)
            buffer.writeString(reason)
        }
    }

    private static func write(_ part: HandoverPart, to buffer: inout ByteBuffer) {
        switch part {
        case .bytes(let bytes):
            buffer.writeInteger(UInt8(0))
            buffer.writeBytes(bytes)
        case .end: buffer.writeInteger(UInt8(1))
        case .dropped: buffer.writeInteger(UInt8(2))
        }
    }

    private static func write(_ id: UInt64, _ body: some CanonicalCodable, to buffer: inout ByteBuffer) {
        buffer.writeInteger(id)
        buffer.writeBytes(body.canonicalBytes)
    }
}

extension Frame {
    /// Reads kind and payload: all of `buffer`.
    init(kind: UInt8, payload buffer: inout ByteBuffer) throws(CanonicalError) {
        switch kind {
        case 0x10: self = .message(buffer.takeRest())
        case 0x01...0x06: self = try Self.opening(kind, &buffer)
        case 0x20:
            var reader = CanonicalReader(buffer.takeRest())
            self = .prefetch(try reader.readList())
            try reader.finish()
        case 0x21: self = .received(try ReceivedPage(canonicalBytes: buffer.takeRest()))
        case 0x22...0x2F: self = .unknownHint
        case 0x40...0x5F: self = try Self.request(kind, id: buffer.take(UInt64.self), &buffer)
        case 0x60...0x69: self = try Self.reply(kind, id: buffer.take(UInt64.self), &buffer)
        default: throw .invalid("\(kind) is not a kind of frame")
        }
    }

    private static func opening(_ kind: UInt8, _ buffer: inout ByteBuffer) throws(CanonicalError) -> Frame {
        switch kind {
        case 0x01:
            // What is left belongs to a newer version, which the range of versions in the front decides about.
            var reader = CanonicalReader(buffer.takeRest())
            return .greeting(try reader.read())
        case 0x02:
            var reader = CanonicalReader(buffer.takeRest())
            return .hello(try reader.read())
        case 0x03: return .welcome(version: try buffer.take(UInt16.self))
        case 0x04:
            let code = PeerError.TurnedAway(rawValue: try buffer.take(UInt8.self)) ?? .other
            return .refusal(code, buffer.takeText())
        case 0x05: return .ping
        default: return .pong
        }
    }

    private static func request(_ kind: UInt8, id: UInt64, _ buffer: inout ByteBuffer) throws(CanonicalError) -> Frame {
        switch kind {
        case 0x40: return .statusRequest(id: id)
        case 0x41: return .secureRequest(id: id, try SecureRequest(canonicalBytes: buffer.takeRest()))
        case 0x42:
            var keys: [ChunkKey] = []
            keys.reserveCapacity(buffer.readableBytes / 32)
            while buffer.readableBytes > 0 { keys.append(try buffer.takeKey()) }
            return .fetchRequest(id: id, keys)
        case 0x43: return .detailRequest(id: id)
        case 0x44: return .handoverRequest(id: id, try AnnouncedFile(canonicalBytes: buffer.takeRest()))
        case 0x45: return .handoverPart(id: id, try buffer.takePart())
        case 0x46: return .inventoryRequest(id: id, try InventoryRequest(canonicalBytes: buffer.takeRest()))
        case 0x47: return .clockRequest(id: id)
        case 0x48: return .witnessRequest(id: id, try WitnessRequest(canonicalBytes: buffer.takeRest()))
        default: return .unknownRequest(id: id)
        }
    }

    private static func reply(_ kind: UInt8, id: UInt64, _ buffer: inout ByteBuffer) throws(CanonicalError) -> Frame {
        switch kind {
        case 0x60: return .status(id: id, try NodeStatus(canonicalBytes: buffer.takeRest()))
        case 0x64: return .detail(id: id, try NodeStatus(canonicalBytes: buffer.takeRest()))
        case 0x61: return .receipt(id: id, try Receipt(canonicalBytes: buffer.takeRest()))
        case 0x65: return .taken(id: id, try buffer.take(UInt32.self))
        case 0x66: return .handedOver(id: id, try HandedOver(canonicalBytes: buffer.takeRest()))
        case 0x67: return .inventory(id: id, try Inventory(canonicalBytes: buffer.takeRest()))
        case 0x68: return .clock(id: id, try buffer.take(Int64.self))
        case 0x69: return .witnessed(id: id, try Witnessed(canonicalBytes: buffer.takeRest()))
        case 0x62:
            let key = try buffer.takeKey()
            switch try buffer.take(UInt8.self) {
            case 1: return .chunk(id: id, key, buffer.takeRest())
            case 0 where buffer.readableBytes == 0: return .chunk(id: id, key, nil)
            default: throw .invalid("a chunk is there or not")
            }
        default: return .failure(id: id, buffer.takeText())
        }
    }
}

/// Cuts what comes in into frames.
struct FrameReader {
    /// The longest frame that is accepted now: little before the link is open, for nothing long is said there.
    var maximumBytes: Int
    private var buffer = ByteBuffer()

    /// At the start of a link.
    init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// Takes what came.
    mutating func append(_ more: inout ByteBuffer) {
        if buffer.readableBytes == 0 {
            buffer = more
        } else {
            buffer.discardReadBytes()
            buffer.writeBuffer(&more)
        }
    }

    /// The next whole frame, or nil while it is not there.
    mutating func next() throws(PeerError) -> Frame? {
        guard let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self) else { return nil }
        guard length > 0, Int(length) <= maximumBytes else {
            throw .malformed("a frame of \(length) bytes, where 1 to \(maximumBytes) are allowed")
        }
        guard buffer.readableBytes >= 4 + Int(length) else {
            reserve(4 + Int(length))
            return nil
        }
        buffer.moveReaderIndex(forwardBy: 4)
        guard var frame = buffer.readSlice(length: Int(length)), let kind = frame.readInteger(as: UInt8.self) else {
            return nil
        }
        do { return try Frame(kind: kind, payload: &frame) } catch {
            throw .malformed("a frame of kind \(kind) cannot be read: \(error)")
        }
    }

    /// Makes room for the frame at once: growing by doubling would copy a long one over and over. What a length claims
    /// is believed only up to a piece at a time, so that a link cannot make us hold what it never sends.
    private mutating func reserve(_ count: Int) {
        let piece = buffer.readableBytes + (1 << 20)
        buffer.reserveCapacity(minimumWritableBytes: max(0, min(count, piece) - buffer.readableBytes))
    }
}

extension ByteBuffer {
    fileprivate mutating func take<Value: FixedWidthInteger>(_ type: Value.Type) throws(CanonicalError) -> Value {
        guard let value = readInteger(as: type) else { throw .truncated }
        return value
    }

    fileprivate mutating func takeKey() throws(CanonicalError) -> ChunkKey {
        guard let bytes = readBytes(length: 32) else { throw .truncated }
        return ChunkKey(bytes)
    }

    fileprivate mutating func takePart() throws(CanonicalError) -> HandoverPart {
        switch try take(UInt8.self) {
        case 0: return .bytes(takeRest())
        case 1 where readableBytes == 0: return .end
        case 2 where readableBytes == 0: return .dropped
        case let other: throw .invalid("\(other) is not a part of a file")
        }
    }

    fileprivate mutating func takeRest() -> [UInt8] { readBytes(length: readableBytes) ?? [] }

    /// Text for people: what is not UTF-8 is replaced, and no control character reaches a log.
    fileprivate mutating func takeText() -> String {
        let text = String(decoding: takeRest().prefix(4_096), as: UTF8.self)
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }
}
