import Models
import NIOCore
import Storage
import Testing

@testable import Peering

/// Version 1 on the wire, for ever: a build that reads these otherwise cannot talk to one that wrote them.
@Suite("Frames")
struct FrameTests {
    static let key = ChunkKey(Array(0..<32))
    static let id = ChunkID(bytes: Array(0..<32))
    static let keyText = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

    struct Row: Sendable, CustomTestStringConvertible {
        let frame: Frame
        let bytes: String
        var testDescription: String { bytes }
    }

    static func rows() throws -> [Row] {
        let cluster = try #require(UniqueID(bytes: [UInt8](repeating: 0xAB, count: 16)))
        let clusterText = String(repeating: "ab", count: 16)
        let request = SecureRequest(
            project: try ProjectName("acme"), principal: try PrincipalName("ann"),
            sha256: try #require(Digest(bytes: Array(0..<32))), size: 9,
            pages: [PageReference(id: id, size: 9)], source: 2)
        let file = AnnouncedFile(
            project: try ProjectName("acme"), principal: try PrincipalName("ann"), sha256: request.sha256, size: 9)
        let fileText = "01" + "00000004" + "61636d65" + "00000003" + "616e6e" + keyText + "0000000000000009"
        var inventory = Inventory()
        (inventory.heldBytes, inventory.totalBytes, inventory.isWhole) = (3, 9, false)
        return [
            Row(
                frame: .greeting(Greeting(versions: 1...2, cluster: cluster, member: 3)),
                bytes: "0000001d" + "01" + "00010002" + clusterText + "0000000000000003"),
            Row(
                frame: .hello(
                    Hello(versions: 1...1, cluster: cluster, from: 1, to: 2, instance: 255, purpose: .exchange)),
                bytes: "0000002e" + "02" + "00010001" + clusterText + "0000000000000001" + "0000000000000002"
                    + "00000000000000ff" + "02"),
            Row(frame: .welcome(version: 1), bytes: "00000003" + "03" + "0001"),
            Row(frame: .refusal(.notAPeer, "no"), bytes: "00000004" + "04" + "03" + "6e6f"),
            Row(frame: .ping, bytes: "00000001" + "05"),
            Row(frame: .pong, bytes: "00000001" + "06"),
            Row(frame: .message([1, 2]), bytes: "00000003" + "10" + "0102"),
            Row(frame: .message([]), bytes: "00000001" + "10"),
            Row(
                frame: .prefetch([PageReference(id: id, size: 9)]),
                bytes: "0000002d" + "20" + "00000001" + keyText + "0000000000000009"),
            Row(
                frame: .received(ReceivedPage(file: file, index: 2, page: PageReference(id: id, size: 9))),
                bytes: "0000006a" + "21" + "01" + fileText + "0000000000000002" + keyText + "0000000000000009"),
            Row(frame: .handoverRequest(id: 5, file), bytes: "00000041" + "44" + "0000000000000005" + fileText),
            Row(
                frame: .handoverPart(id: 5, .bytes([0xCC])),
                bytes: "0000000b" + "45" + "0000000000000005" + "00" + "cc"),
            Row(frame: .handoverPart(id: 5, .end), bytes: "0000000a" + "45" + "0000000000000005" + "01"),
            Row(frame: .handoverPart(id: 5, .dropped), bytes: "0000000a" + "45" + "0000000000000005" + "02"),
            Row(frame: .taken(id: 5, 258), bytes: "0000000d" + "65" + "0000000000000005" + "00000102"),
            Row(
                frame: .handedOver(id: 5, HandedOver(pages: [PageReference(id: id, size: 9)], holders: [2])),
                bytes: "00000042" + "66" + "0000000000000005" + "01" + "00000001" + keyText + "0000000000000009"
                    + "00000001" + "0000000000000002"),
            Row(
                frame: .inventoryRequest(
                    id: 5, InventoryRequest(pages: [PageReference(id: id, size: 9)], isReliedOn: true)),
                bytes: "00000037" + "46" + "0000000000000005" + "01" + "00000001" + keyText + "0000000000000009" + "01"),
            Row(
                frame: .inventory(id: 5, inventory),
                bytes: "0000001b" + "67" + "0000000000000005" + "01" + "0000000000000003" + "0000000000000009" + "00"),
            Row(frame: .clockRequest(id: 5), bytes: "00000009" + "47" + "0000000000000005"),
            Row(frame: .clock(id: 5, -2), bytes: "00000011" + "68" + "0000000000000005" + "fffffffffffffffe"),
            Row(frame: .statusRequest(id: 5), bytes: "00000009" + "40" + "0000000000000005"),
            Row(
                frame: .secureRequest(id: 6, request),
                bytes: "00000075" + "41" + "0000000000000006" + "01" + "00000004" + "61636d65" + "00000003" + "616e6e"
                    + keyText + "0000000000000009" + "00000001" + keyText + "0000000000000009"
                    + "0000000000000002"),
            Row(frame: .fetchRequest(id: 7, [key]), bytes: "00000029" + "42" + "0000000000000007" + keyText),
            Row(
                frame: .receipt(id: 8, Receipt(member: 2)),
                bytes: "00000012" + "61" + "0000000000000008" + "01" + "0000000000000002"),
            Row(
                frame: .chunk(id: 9, key, [0xCC]), bytes: "0000002b" + "62" + "0000000000000009" + keyText + "01" + "cc"
            ),
            Row(frame: .chunk(id: 9, key, nil), bytes: "0000002a" + "62" + "0000000000000009" + keyText + "00"),
            Row(frame: .failure(id: 10, "no"), bytes: "0000000b" + "63" + "000000000000000a" + "6e6f"),
        ] + auditRows
    }

    private static let auditRows = [
        Row(
            frame: .witnessRequest(id: 5, WitnessRequest(index: 2, size: 3, root: Digest(of: []))),
            bytes: "0000003a" + "48" + "0000000000000005" + "01" + "0000000000000002" + "0000000000000003"
                + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        Row(
            frame: .witnessed(id: 5, Witnessed(key: "ab", signature: [1, 2])),
            bytes: "00000016" + "69" + "0000000000000005" + "01" + "00000002" + "6162" + "00000002" + "0102"),
    ]

    @Test("every frame is written as version 1 writes it, and read back")
    func golden() throws {
        for row in try Self.rows() {
            #expect(hexadecimal(row.frame.bytes) == row.bytes)
            #expect(try read(row.frame.bytes) == [row.frame])
        }
    }

    @Test("frames cut anywhere are read as the same frames")
    func pieces() throws {
        let frames = try Self.rows().map(\.frame)
        var bytes = ByteBuffer()
        for frame in frames { frame.write(to: &bytes) }
        for size in [1, 2, 3, 7, 64] { #expect(try read(bytes, pieces: size) == frames) }
    }

    @Test(
        "what no peer sends breaks the link",
        arguments: [
            "00000000", "00000001" + "00", "00000001" + "07", "00000001" + "63", "00000002" + "02" + "00",
            "00000009" + "41" + "0000000000000005", "0000000a" + "42" + "0000000000000005" + "01",
            "0000002a" + "62" + "0000000000000009" + keyText + "02",
            "0000002b" + "62" + "0000000000000009" + keyText
                + "0001", "00000005" + "20" + "ffffffff", "00010001" + "10",
        ])
    func malformed(bytes: String) throws {
        #expect(throws: PeerError.self) { try read(ByteBuffer(bytes: octets(bytes))) }
    }

    @Test("a newer peer's hints are ignored and its requests are known to be unknown")
    func newer() throws {
        #expect(try read(ByteBuffer(bytes: octets("00000003" + "2e" + "ffff"))) == [.unknownHint])
        #expect(
            try read(ByteBuffer(bytes: octets("0000000b" + "5e" + "0000000000000005" + "ffff"))) == [
                .unknownRequest(id: 5)
            ])
    }

    @Test("a peer's words reach a log without control characters")
    func text() throws {
        #expect(
            try read(Frame.refusal(.other, "a\u{1B}[2J\nb").bytes) == [.refusal(.other, "a [2J b")])
    }

    @Test("a peer that talks nonsense is cut off, and the others are served on")
    func nonsense() async throws {
        try await withSites(2) { sites, cluster in
            let (host, port) = try sites[0].address
            for bytes in ["00000001" + "07", "ffffffff" + "02", "00000001" + "40"] {
                let reply = try await speak(octets(bytes), to: host, port, with: cluster.credentials(2))
                // Its greeting, and then nothing but the reason why it closes.
                #expect(reply.count == 2)
                guard case .greeting = reply.first, case .refusal(.other, _) = reply.last else {
                    Issue.record("\(reply)")
                    continue
                }
            }
            try await reach(1, from: sites[1])
        }
    }

    @Test("a connection that never says who it is is cut")
    func silence() async throws {
        var limits = Site.limits
        limits.handshakeDeadline = .milliseconds(50)
        try await withSites(1, limits: limits) { sites, cluster in
            let (host, port) = try sites[0].address
            let reply = try await speak([], to: host, port, with: cluster.credentials(2))
            // On a machine at work the time is over before TLS is up, and not even a greeting comes.
            #expect(reply.count <= 1)
            #expect(try sites[0].network.statistics.handshakesCut == 1)
        }
    }

    private func read(_ bytes: ByteBuffer, pieces size: Int = 1 << 20) throws -> [Frame] {
        var reader = FrameReader(maximumBytes: 1 << 16)
        var (rest, frames): (ByteBuffer, [Frame]) = (bytes, [])
        while var piece = rest.readSlice(length: min(size, rest.readableBytes)), piece.readableBytes > 0 {
            reader.append(&piece)
            while let frame = try reader.next() { frames.append(frame) }
        }
        return frames
    }

    private func hexadecimal(_ buffer: ByteBuffer) -> String {
        buffer.readableBytesView.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    private func octets(_ text: String) -> [UInt8] {
        let digits = text.compactMap(\.hexDigitValue).map { UInt8($0) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
