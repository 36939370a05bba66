/// Names of members of archives, as whoever unpacks them sees them.
enum ArchivePath {
    /// Why unpacking a member of this name may write elsewhere than below the chosen directory; nil when it cannot.
    static func escape(_ name: some Collection<UInt8>) -> String? {
        if name.isEmpty { return "it has no name" }
        if name.contains(0) { return "its name has a NUL, behind which some programs do not read" }
        if name.contains(UInt8(ascii: "\\")) { return "its name has a backslash, which separates on Windows" }
        if name.first == UInt8(ascii: "/") { return "its name is absolute" }
        let start = Array(name.prefix(2))
        if start.count == 2, start[1] == UInt8(ascii: ":"), Character(Unicode.Scalar(start[0])).isLetter {
            return "its name begins with a drive letter"
        }
        if components(name).contains(where: { $0.elementsEqual("..".utf8) }) { return "its name leads upwards" }
        // Python and others replace what is no UTF-8, so that a name can turn into another.
        if String(validating: name, as: UTF8.self) == nil { return "its name is not UTF-8" }
        return nil
    }

    /// Where a link at `name` leads, from the top of the archive; nil when that is outside.
    static func target(of link: [UInt8], from name: [UInt8]) -> [UInt8]? {
        guard link.first != UInt8(ascii: "/"), !link.contains(UInt8(ascii: "\\")), !link.contains(0) else { return nil }
        var parts = components(name).dropLast().map(Array.init)
        for part in components(link) {
            if part.elementsEqual("..".utf8) {
                guard parts.popLast() != nil else { return nil }
            } else {
                parts.append(Array(part))
            }
        }
        return Array(parts.joined(separator: [UInt8(ascii: "/")]))
    }

    /// The name without what means nothing: `./a//b/` is `a/b`.
    static func plain(_ name: [UInt8]) -> [UInt8] {
        Array(components(name).joined(separator: [UInt8(ascii: "/")]))
    }

    /// The components that mean something.
    private static func components<Name: Collection<UInt8>>(_ name: Name) -> [Name.SubSequence] {
        name.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
    }

    /// The name with ASCII letters in lower case: some readers look for members so.
    static func folded(_ name: [UInt8]) -> [UInt8] {
        name.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}
