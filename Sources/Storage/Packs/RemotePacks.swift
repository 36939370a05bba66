package import Storage
import Synchronization

/// Where packs go that the disk shall not hold for ever.
package struct PackObjects: Sendable {
    /// Where they go.
    package let store: any ObjectStore
    /// Bytes of packs that the disk may hold: those read last. nil for all of them: packs come back then.
    package let keptBytes: Int?
    /// Bytes after which a pack is full: it is held in memory while it is sent.
    package let packBytes: Int

    /// Packs in `store`.
    package init(store: any ObjectStore, keptBytes: Int?, packBytes: Int = 32 << 20) {
        self.store = store
        self.keptBytes = keptBytes
        self.packBytes = packBytes
    }
}

/// Reads packs at the object store. Who reads on where the last read ended gets some megabytes fetched ahead; who reads here
/// and there, only what he asks for.
final class RemotePacks: Sendable {
    /// Bytes that were fetched ahead.
    private struct Piece {
        let pack: UInt64
        let offset: Int
        let bytes: [UInt8]

        func part(_ count: Int, at position: Int) -> ArraySlice<UInt8>? {
            guard position >= offset, position + count <= offset + bytes.count else { return nil }
            return bytes[position - offset..<position - offset + count]
        }
    }

    private struct State {
        /// The newest last.
        var pieces: [Piece] = []
        /// Where the last reads of packs ended, the newest last.
        var ends: [(pack: UInt64, end: Int)] = []
        /// Bytes of each pack that were read on to.
        var asked: [UInt64: Int] = [:]
    }

    private static let aheadBytes = 4 << 20
    private static let piecesKept = 8
    private static let endsKept = 64
    /// A read that begins so little after another one goes on with it: chunks that were there before lie in between.
    private static let gap = 1 << 20

    private let store: any ObjectStore
    private let state = Mutex(State())

    init(store: any ObjectStore) { self.store = store }

    static func name(_ pack: UInt64) -> String {
        let digits = String(pack, radix: 16)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".pack"
    }

    static func number(of name: String) -> UInt64? {
        name.hasSuffix(".pack") ? UInt64(name.dropLast(5), radix: 16) : nil
    }

    /// `count` bytes at `offset` of a pack of `size` bytes; nil when its object is gone.
    func read(_ count: Int, at offset: Int, of pack: UInt64, size: Int) throws(StorageError) -> PackFile.Found? {
        guard count > 0 else { return .whole([]) }
        guard offset + count <= size else { return .short }
        let (known, goesOn) = state.withLock { state -> ([UInt8]?, Bool) in
            let goesOn = state.ends.contains { $0.pack == pack && ($0.end...$0.end + Self.gap).contains(offset) }
            state.ends.removeAll { $0.pack == pack && ($0.end...$0.end + Self.gap).contains(offset) }
            state.ends.append((pack, offset + count))
            // Whoever looks through everything, in no order, wants no pack more than others.
            if goesOn { state.asked[pack, default: 0] += count }
            if state.ends.count > Self.endsKept { state.ends.removeFirst() }
            let known = state.pieces.lazy.compactMap { $0.pack == pack ? $0.part(count, at: offset) : nil }.first
            return (known.map { Array($0) }, goesOn)
        }
        if let known { return .whole(known) }
        let end = goesOn ? min(size, offset + max(count, Self.aheadBytes)) : offset + count
        guard let bytes = try store.read(Self.name(pack), offset..<end, of: size) else { return nil }
        guard bytes.count == end - offset else { return .short }
        if goesOn {
            state.withLock { state in
                state.pieces.append(Piece(pack: pack, offset: offset, bytes: bytes))
                if state.pieces.count > Self.piecesKept { state.pieces.removeFirst() }
            }
        }
        return .whole(Array(bytes.prefix(count)))
    }

    /// The packs of which half was read on to since the last call that named them: better on the disk.
    func takeWanted(_ sizes: [UInt64: Int]) -> [UInt64] {
        state.withLock { state in
            let wanted = state.asked.filter { pack, asked in sizes[pack].map { asked * 2 >= $0 } ?? true }.map(\.key)
            for pack in wanted { state.asked[pack] = nil }
            return wanted.filter { sizes[$0] != nil }
        }
    }
}
