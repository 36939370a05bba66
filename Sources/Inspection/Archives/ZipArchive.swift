import Models

/// A zip: its directory, compared with the headers of its members. What its readers could see differently is a reason,
/// and no member is left out for it.
package struct ZipArchive<Source: RandomAccessBytes> {
    package let source: Source
    /// In the order of the directory.
    package private(set) var members: [ZipMember] = []
    let limits: InspectionLimits
    /// What is wrong with the archive itself.
    private(set) var evidence = Evidence()
    /// Where the members must end.
    private var directoryStart: UInt64 = .max

    /// Reads the directory and the headers of the members.
    /// - Throws: `InspectionError.malformed` when it has no directory.
    package static func open(_ source: Source, limits: InspectionLimits = .standard)
        async throws(InspectionError) -> ZipArchive
    {
        var archive = ZipArchive(source: source, limits: limits)
        for directory in try await ZipDirectory.find(in: source, evidence: &archive.evidence) {
            try await archive.read(directory)
        }
        for index in archive.members.indices { try await archive.readHeader(index) }
        archive.checkNames()
        archive.checkPlaces()
        archive.checkSizes()
        return archive
    }

    private init(source: Source, limits: InspectionLimits) {
        self.source = source
        self.limits = limits
    }

    private mutating func read(_ directory: ZipDirectory) async throws(InspectionError) {
        guard directory.size <= limits.directoryBytes else {
            return evidence.add(.unknown, "its directory is larger than \(limits.directoryBytes) bytes")
        }
        guard directory.start <= source.size, source.size - directory.start >= directory.size else {
            return evidence.add(.malformed, "its directory lies outside the file")
        }
        directoryStart = min(directoryStart, directory.start)
        let bytes = try await source.read(directory.start..<directory.start + directory.size)
        var offset = 0
        var count: UInt64 = 0
        while offset < bytes.count {
            guard let (member, length, isRenamed) = ZipMember.read(bytes, at: offset, base: directory.base) else {
                evidence.add(.malformed, "its directory is damaged")
                break
            }
            offset += length
            count += 1
            if isRenamed { evidence.add(.malformed, "\(member.name) has a second name, which some readers use") }
            guard members.count < limits.members else {
                return evidence.add(.unknown, "it has more than \(limits.members) members")
            }
            members.append(member)
        }
        if count != directory.count {
            evidence.add(.malformed, "its directory says that it has \(directory.count) members, and lists \(count)")
        }
    }

    /// Compares a member's own header with the directory. Readers take the sizes from the directory, but where the bytes
    /// are from the header.
    private mutating func readHeader(_ index: Int) async throws(InspectionError) {
        let member = members[index]
        guard member.header <= source.size, source.size - member.header >= 30 else {
            return evidence.add(.malformed, "\(member.name) lies outside the file")
        }
        let most = min(source.size - member.header, 30 + UInt64(member.nameBytes.count))
        let header = try await source.read(member.header..<member.header + most)
        guard header.number(at: 0, width: 4) == 0x0403_4B50 else {
            return evidence.add(.malformed, "\(member.name) has no header where it should be")
        }
        let nameCount = header.number(at: 26, width: 2)
        let start = member.header &+ 30 &+ nameCount &+ header.number(at: 28, width: 2)
        let (end, overflow) = start.addingReportingOverflow(member.packedSize)
        if overflow || end > source.size {
            evidence.add(.malformed, "\(member.name) ends behind the end of the file")
            members[index].bytes = min(start, source.size)..<source.size
        } else {
            members[index].bytes = start..<end
        }
        compare(member, header, nameCount: nameCount)
    }

    private mutating func compare(_ member: ZipMember, _ header: [UInt8], nameCount: UInt64) {
        if nameCount != UInt64(member.nameBytes.count) || !header.dropFirst(30).elementsEqual(member.nameBytes) {
            evidence.add(.malformed, "\(member.name) has another name in its header")
        }
        let flags = UInt16(header.number(at: 6, width: 2))
        if header.number(at: 8, width: 2) != UInt64(member.method) || (flags ^ member.flags) & ~0x0808 != 0 {
            evidence.add(.malformed, "\(member.name) is packed otherwise by its header")
        }
        let sizes = [header.number(at: 14, width: 4), header.number(at: 18, width: 4), header.number(at: 22, width: 4)]
        let listed = [UInt64(member.check), member.packedSize, member.plainSize]
        for (size, listed) in zip(sizes, listed) where size != listed && size != 0xFFFF_FFFF {
            if flags & ZipMember.sizesFollow != 0, size == 0 { continue }
            evidence.add(.malformed, "\(member.name) has other sizes or another checksum in its header")
        }
    }

    private mutating func checkNames() {
        var seen = Set<[UInt8]>()
        for member in members {
            if let reason = ArchivePath.escape(member.nameBytes) {
                evidence.add(.dangerous, "\(Evidence.shown(member.name, limit: 60)): \(reason)")
            }
            if member.nameBytes.count > limits.nameBytes {
                evidence.add(.unknown, "it has a name of more than \(limits.nameBytes) bytes")
            }
            // PyTorch's reader looks for members without regard to case.
            if !seen.insert(ArchivePath.folded(member.nameBytes)).inserted {
                evidence.add(.malformed, "\(Evidence.shown(member.name, limit: 60)) occurs twice")
            }
            if member.refusedFlags != 0 {
                evidence.add(.unknown, "\(Evidence.shown(member.name, limit: 60)) is marked as encrypted or patched")
            }
            if member.method == 0, member.packedSize != member.plainSize {
                evidence.add(.malformed, "\(Evidence.shown(member.name, limit: 60)) has two sizes, but is not packed")
            }
        }
    }

    /// Members that share bytes are how a small file becomes a huge one, and how one reader sees what another does not.
    private mutating func checkPlaces() {
        let places = members.compactMap { member in member.bytes.map { member.header..<$0.upperBound } }
            .sorted { $0.lowerBound < $1.lowerBound }
        var end: UInt64 = 0
        for place in places {
            if place.lowerBound < end || place.upperBound > directoryStart {
                return evidence.add(.malformed, "its members overlap")
            }
            end = place.upperBound
        }
    }

    private mutating func checkSizes() {
        let total = members.reduce(UInt64(0)) { total, member in
            let (sum, overflow) = total.addingReportingOverflow(member.plainSize)
            return overflow ? .max : sum
        }
        if total > limits.harmlessBytes, total / limits.expansion > source.size {
            evidence.add(.unknown, "it unpacks to \(total) bytes, more than \(limits.expansion) times its size")
        }
    }

    /// The plain bytes of a member; nil when it is packed in a way that is not read here, or lies nowhere.
    package func stream(of member: ZipMember, budget: UInt64? = nil) -> ByteStream<Source>? {
        guard let bytes = member.bytes, member.method == 0 || member.method == 8 else { return nil }
        return ByteStream(
            source, bytes, coding: member.method == 0 ? .stored : .deflated, budget: budget ?? limits.inflatedBytes,
            limits: limits)
    }

    /// A member that is not packed, as a file; nil for others.
    package func stored(_ member: ZipMember) -> StoredMember<Source>? {
        guard member.method == 0, let bytes = member.bytes else { return nil }
        return StoredMember(source, bytes)
    }
}
