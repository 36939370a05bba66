import Models

/// A tar: its headers are read, and its members as far as they may be pickles.
package struct TarArchive<Source: RandomAccessBytes> {
    /// A member: where its bytes are.
    package struct Member: Hashable, Sendable {
        package let name: String
        package let bytes: Range<UInt64>
    }

    /// The files in it, in their order.
    package private(set) var members: [Member] = []
    private let source: Source
    private let limits: InspectionLimits
    private(set) var evidence = Evidence()
    private var position: UInt64 = 0
    private var count = 0
    /// For the next member, and for all that follow.
    private var (next, all) = (TarExtension(), TarExtension())
    private var names = Set<[UInt8]>()
    private var links = Set<[UInt8]>()
    private var nameBytes = 0

    /// Reads all headers.
    /// - Throws: `InspectionError.malformed` when it does not begin with a header.
    package static func open(
        _ source: Source, limits: InspectionLimits = .standard
    ) async throws(InspectionError) -> TarArchive {
        var archive = TarArchive(source: source, limits: limits)
        while try await archive.step() {}
        return archive
    }

    private init(source: Source, limits: InspectionLimits) {
        self.source = source
        self.limits = limits
    }

    /// Reads a header; false at the end.
    private mutating func step() async throws(InspectionError) -> Bool {
        if position == source.size, count > 0 { return false }
        guard source.size - position >= TarHeader.blockBytes else {
            if count == 0 { throw .malformed("it is too short for a tar") }
            return stop(.malformed, "it ends in the middle of a header")
        }
        let block = try await source.read(position..<position + TarHeader.blockBytes)
        if block.allSatisfy({ $0 == 0 }) {
            if count == 0 { throw .malformed("it has no members") }
            return false
        }
        guard let header = TarHeader(block) else {
            if count == 0 { throw .malformed("it does not begin with a header of a tar") }
            return stop(.malformed, "the header at byte \(position) is damaged")
        }
        count += 1
        guard count <= limits.members else {
            return stop(.unknown, "it has more than \(limits.members) headers")
        }
        return try await follow(header)
    }

    private mutating func stop(_ verdict: Finding.Verdict, _ reason: String) -> Bool {
        evidence.add(verdict, reason)
        return false
    }

    private mutating func follow(_ header: TarHeader) async throws(InspectionError) -> Bool {
        let start = position + TarHeader.blockBytes
        let isDescription = "xgLKXVMN".utf8.contains(header.kind)
        let size = size(of: header, isDescription: isDescription)
        let (end, overflow) = start.addingReportingOverflow(size)
        guard !overflow, end <= source.size else {
            return stop(.malformed, "a member ends behind the end of the file")
        }
        let padding = (TarHeader.blockBytes - size % TarHeader.blockBytes) % TarHeader.blockBytes
        position = min(source.size, end &+ padding)
        if isDescription { return try await describe(header, start..<end) }
        let isKept = add(header, start..<end)
        next = TarExtension()
        return isKept
    }

    /// Bytes that follow the header. Readers that do not agree here read different archives (CVE-2025-62518).
    private mutating func size(of header: TarHeader, isDescription: Bool) -> UInt64 {
        if isDescription { return header.size }
        // Links, devices and directories have none, whatever their header says.
        if "123456".utf8.contains(header.kind) {
            if header.size != 0 { evidence.add(.malformed, "a member without contents has a size") }
            return header.kind == UInt8(ascii: "1") ? header.size : 0
        }
        guard let size = next.size ?? all.size else { return header.size }
        // In a header there is room for 8 GiB; only beyond may it be left out.
        if size != header.size, size < 8 << 30 || header.size != 0 {
            evidence.add(.malformed, "a member has two sizes")
        }
        return size
    }

    /// An extended header, or a long name of GNU tar.
    private mutating func describe(
        _ header: TarHeader, _ range: Range<UInt64>
    ) async throws(InspectionError) -> Bool {
        guard range.upperBound - range.lowerBound <= limits.extendedHeaderBytes else {
            return stop(.unknown, "an extended header has more than \(limits.extendedHeaderBytes) bytes")
        }
        let bytes = try await source.read(range)
        var isRead = true
        switch header.kind {
        case UInt8(ascii: "L"): next.path = Array(bytes.prefix { $0 != 0 })
        case UInt8(ascii: "K"): next.link = Array(bytes.prefix { $0 != 0 })
        case UInt8(ascii: "x"), UInt8(ascii: "X"): isRead = next.read(bytes)
        case UInt8(ascii: "g"): isRead = all.read(bytes)
        default: evidence.add(.unknown, "it is one volume of several, or has a kind of header that is not read here")
        }
        return isRead || stop(.malformed, "an extended header is damaged")
    }

    private mutating func add(_ header: TarHeader, _ range: Range<UInt64>) -> Bool {
        let name = next.path ?? all.path ?? header.name
        let link = next.link ?? all.link ?? header.link
        nameBytes &+= name.count &+ link.count
        guard nameBytes <= limits.archiveNameBytes else {
            return stop(.unknown, "its names have more than \(limits.archiveNameBytes) bytes")
        }
        guard max(name.count, link.count) <= limits.nameBytes else {
            return stop(.unknown, "it has a name of more than \(limits.nameBytes) bytes")
        }
        let shown = Evidence.shown(String(decoding: name, as: UTF8.self), limit: 60)
        // `.` is the directory that is packed, and a directory may be named as often as one likes.
        let isDirectory = header.kind == UInt8(ascii: "5") || name.last == UInt8(ascii: "/")
        if let reason = ArchivePath.escape(name) { evidence.add(.dangerous, "\(shown): \(reason)") }
        let plain = ArchivePath.plain(name)
        checkAncestors(of: plain, shown)
        if !isDirectory, !names.insert(plain).inserted { evidence.add(.malformed, "\(shown) occurs twice") }
        switch header.kind {
        case UInt8(ascii: "1"), UInt8(ascii: "2"): addLink(header.kind, plain, link, shown)
        case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"):
            evidence.add(.dangerous, "\(shown) is a device or a pipe")
        case UInt8(ascii: "5"): break
        case UInt8(ascii: "S"): evidence.add(.unknown, "\(shown) is sparse, which is not read here")
        default:
            if next.isSparse || all.isSparse { evidence.add(.unknown, "\(shown) is sparse, which is not read here") }
            members.append(Member(name: String(decoding: name, as: UTF8.self), bytes: range))
        }
        return true
    }

    private mutating func addLink(_ kind: UInt8, _ name: [UInt8], _ link: [UInt8], _ shown: String) {
        // A symbolic link counts from where it lies, a hard one from the top.
        let isSymbolic = kind == UInt8(ascii: "2")
        if ArchivePath.target(of: link, from: isSymbolic ? name : []) == nil {
            evidence.add(.dangerous, "\(shown) links to what lies outside the archive")
        }
        if isSymbolic { links.insert(name) }
    }

    /// What is unpacked through a symbolic link lands elsewhere than its name says.
    private mutating func checkAncestors(of name: [UInt8], _ shown: String) {
        guard !links.isEmpty else { return }
        if links.contains(name) { return evidence.add(.dangerous, "\(shown) is written through a link") }
        for (place, byte) in name.enumerated() where byte == UInt8(ascii: "/") {
            if links.contains(Array(name[..<place])) {
                return evidence.add(.dangerous, "\(shown) is written through a link")
            }
        }
    }
}

extension TarArchive {
    /// Reads the archive and, of its members, those that a loader may take for pickles: PyTorch before 0.1.10 wrote such
    /// tars.
    /// - Throws: `InspectionError.unreadable` only: what the file does wrong is in the finding.
    package static func inspect(
        _ bytes: Source, limits: InspectionLimits = .standard
    ) async throws(InspectionError) -> Finding {
        do {
            let archive = try await open(bytes, limits: limits)
            var evidence = archive.evidence
            var unread = 0
            for member in archive.members {
                var stream = ByteStream(bytes, member.bytes, coding: .stored, budget: 0, limits: limits)
                let contents = try await MemberContents.inspect(
                    &stream, name: member.name, dialect: .plain, limits: limits)
                evidence.add(contents.evidence, of: member.name)
                if contents.kind == .other { unread += 1 }
            }
            if unread > 0 { evidence.add(.unknown, "\(unread) of its members are not read here") }
            return evidence.finding(format: "tar")
        } catch .malformed(let reason) {
            return Finding(format: "tar", verdict: .malformed, reasons: [Evidence.shown(reason, limit: 200)])
        }
    }
}
