import Consensus
package import Models
import Registry

/// Messages as bytes. Each begins with a version; a build answers a newer one by not understanding it.
extension PeerMessage: CanonicalCodable {
    package func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        switch self {
        case .consensus(let message):
            writer.write(UInt8(1))
            writer.write(MessageRecord(message: message))
        case .proposals(let envelopes):
            writer.write(UInt8(2))
            writer.write(list: envelopes) { $0.write($1) }
        case .stateClaim(let index, let hash):
            writer.write(UInt8(3))
            writer.write(index)
            writer.write(hash)
        case .stateRequest(let request):
            writer.write(UInt8(4))
            writer.write(request)
        case .statePage(let page):
            writer.write(UInt8(5))
            writer.write(page)
        }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "peer message", known: 1...1)
        switch try reader.readInteger(UInt8.self) {
        case 1: self = .consensus(try reader.read(MessageRecord.self).message)
        case 2:
            self = .proposals(try reader.readList { (reader) throws(CanonicalError) in try reader.readBytes() })
        case 3: self = .stateClaim(index: try reader.readInteger(), try reader.read())
        case 4: self = .stateRequest(try reader.read())
        case 5: self = .statePage(try reader.read())
        case let other: throw .invalid("\(other) is not a kind of peer message")
        }
    }
}

/// A message of the consensus core as bytes.
private struct MessageRecord: CanonicalCodable {
    let message: Message

    init(message: Message) { self.message = message }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(message.cluster.high)
        writer.write(message.cluster.low)
        writer.write(message.from.rawValue)
        writer.write(message.to.rawValue)
        writer.write(message.term)
        Self.encode(message.body, to: &writer)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        message = Message(
            cluster: ClusterStamp(high: try reader.readInteger(), low: try reader.readInteger()),
            from: MemberID(try reader.readInteger()), to: MemberID(try reader.readInteger()),
            term: try reader.readInteger(), body: try Self.body(from: &reader))
    }

    private static func encode(_ body: Message.Body, to writer: inout CanonicalWriter) {
        switch body {
        case .preVoteRequest(let lastIndex, let lastTerm):
            writer.write(UInt8(1))
            writer.write(lastIndex)
            writer.write(lastTerm)
        case .preVoteReply(let granted):
            writer.write(UInt8(2))
            writer.write(granted)
        case .voteRequest(let lastIndex, let lastTerm, let isTransfer):
            writer.write(UInt8(3))
            writer.write(lastIndex)
            writer.write(lastTerm)
            writer.write(isTransfer)
        case .voteReply(let granted):
            writer.write(UInt8(4))
            writer.write(granted)
        case .append(let previousIndex, let previousTerm, let entries, let commit):
            writer.write(UInt8(5))
            writer.write(previousIndex)
            writer.write(previousTerm)
            writer.write(list: entries) { $0.write(EntryRecord(entry: $1)) }
            writer.write(commit)
        case .appendAccepted(let matched):
            writer.write(UInt8(6))
            writer.write(matched)
        case .appendRejected(let previousIndex, let hintIndex, let hintTerm):
            writer.write(UInt8(7))
            writer.write(previousIndex)
            writer.write(hintIndex)
            writer.write(hintTerm)
        case .heartbeat(let commit, let round):
            writer.write(UInt8(8))
            writer.write(commit)
            writer.write(round)
        case .heartbeatReply(let round):
            writer.write(UInt8(9))
            writer.write(round)
        case .staleTerm: writer.write(UInt8(10))
        case .timeoutNow: writer.write(UInt8(11))
        case .readRequest(let id):
            writer.write(UInt8(12))
            writer.write(id)
        case .readReply(let id, let index):
            writer.write(UInt8(13))
            writer.write(id)
            writer.write(index)
        case .snapshotOffer(let index):
            writer.write(UInt8(14))
            writer.write(index)
        case .acknowledged(let index):
            writer.write(UInt8(15))
            writer.write(index)
        }
    }

    private static func body(from reader: inout CanonicalReader) throws(CanonicalError) -> Message.Body {
        switch try reader.readInteger(UInt8.self) {
        case 1: return .preVoteRequest(lastIndex: try reader.readInteger(), lastTerm: try reader.readInteger())
        case 2: return .preVoteReply(granted: try reader.readBool())
        case 3:
            return .voteRequest(
                lastIndex: try reader.readInteger(), lastTerm: try reader.readInteger(),
                isTransfer: try reader.readBool())
        case 4: return .voteReply(granted: try reader.readBool())
        case 5:
            return .append(
                previousIndex: try reader.readInteger(), previousTerm: try reader.readInteger(),
                entries: try reader.readList(EntryRecord.self).map(\.entry), commit: try reader.readInteger())
        case 6: return .appendAccepted(matched: try reader.readInteger())
        case 7:
            return .appendRejected(
                previousIndex: try reader.readInteger(), hintIndex: try reader.readInteger(),
                hintTerm: try reader.readInteger())
        case 8: return .heartbeat(commit: try reader.readInteger(), round: try reader.readInteger())
        case 9: return .heartbeatReply(round: try reader.readInteger())
        case 10: return .staleTerm
        case 11: return .timeoutNow
        case 12: return .readRequest(id: try reader.readInteger())
        case 13: return .readReply(id: try reader.readInteger(), index: try reader.readInteger())
        case 15: return .acknowledged(through: try reader.readInteger())
        case 14: return .snapshotOffer(through: try reader.readInteger())
        case let other: throw .invalid("\(other) is not a kind of message")
        }
    }
}
