import Models
import Testing

@Suite struct CanonicalCodingTests {
    @Test func integersAreBigEndianAndTextsAndListsCarryTheirLength() {
        var writer = CanonicalWriter()
        writer.write(UInt16(0x0102))
        writer.write(Int64(-2))
        writer.write(true)
        writer.write("é")
        writer.write([7, 8] as [UInt8])
        writer.write(nil as UInt8?) { $0.write($1) }
        writer.write(5 as UInt8?) { $0.write($1) }
        writer.write(["b": "2", "a": "1"])
        #expect(
            Hexadecimal.encode(writer.bytes)
                == "0102" + "fffffffffffffffe" + "01" + "00000002c3a9" + "000000020708" + "00" + "0105"
                + "00000002" + "0000000161" + "0000000131" + "0000000162" + "0000000132")
    }

    @Test(arguments: [
        "fffffffe", "ffffffff", "7fffffff61", "00000001", "0000000561626364", "", "00", "000000",
    ])
    func aLengthBeyondWhatIsThereIsRefusedBeforeAnythingIsAllocated(hexadecimal: String) throws {
        let bytes = try #require(Hexadecimal.decode(Substring(hexadecimal)))
        #expect(throws: CanonicalError.truncated) {
            var reader = CanonicalReader(bytes)
            return try reader.readBytes()
        }
        #expect(throws: CanonicalError.truncated) {
            var reader = CanonicalReader(bytes)
            return try reader.readString()
        }
        #expect(throws: CanonicalError.truncated) {
            var reader = CanonicalReader(bytes)
            return try reader.readList(Timestamp.self)
        }
        #expect(throws: CanonicalError.truncated) {
            var reader = CanonicalReader(bytes)
            return try reader.readStringMap()
        }
    }

    @Test(arguments: [
        ("02", "truth"), ("ff", "truth"),
    ])
    func aTruthValueIsZeroOrOne(hexadecimal: String, reason: String) throws {
        let bytes = try #require(Hexadecimal.decode(Substring(hexadecimal)))
        var reader = CanonicalReader(bytes)
        #expect { try reader.readBool() } throws: { "\($0)".contains(reason) }
    }

    @Test(
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]])
    func textThatIsNotUTF8IsRefused(text: [UInt8]) {
        var writer = CanonicalWriter()
        writer.write(text)
        var reader = CanonicalReader(writer.bytes)
        #expect { try reader.readString() } throws: { "\($0)".contains("UTF-8") }
    }

    @Test(arguments: [
        (["b", "a"], "order"), (["a", "a"], "order"), (["e\u{301}", "\u{E9}"], "equivalent"),
    ])
    func aMapHasItsKeysInOrderAndEachOnce(keys: [String], reason: String) {
        var writer = CanonicalWriter()
        writer.write(list: keys) { writer, key in
            writer.write(key)
            writer.write("value")
        }
        var reader = CanonicalReader(writer.bytes)
        #expect { try reader.readStringMap() } throws: { "\($0)".contains(reason) }
    }

    @Test func bytesAfterAValueAreRefused() {
        #expect(throws: CanonicalError.trailingBytes(1)) {
            try Timestamp(canonicalBytes: Timestamp(milliseconds: 1).canonicalBytes + [0])
        }
    }

    @Test func everyPrefixOfARecordIsRefused() throws {
        let record = Project(
            name: try ProjectName("vision"), description: "sees", createdAt: Timestamp(milliseconds: 1),
            createdBy: try PrincipalName("ann"))
        for count in record.canonicalBytes.indices {
            #expect(throws: CanonicalError.self) {
                try Project(canonicalBytes: Array(record.canonicalBytes.prefix(count)))
            }
        }
    }

    @Test func aRecordOfAnUnknownVersionIsTold() throws {
        #expect(throws: CanonicalError.unknownVersion(type: "project", version: 5)) {
            try Project(canonicalBytes: [5])
        }
    }
}
