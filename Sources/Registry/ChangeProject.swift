package import Models

/// Changes what a project is for, where its bytes are kept, how many it may have, what it takes, or who sees it.
package struct ChangeProject: Hashable, Sendable, CanonicalCodable {
    /// The project.
    package let name: ProjectName
    /// What it is for.
    package let description: Setting<String>
    /// The sites that hold its bytes, in order and each once; none for every site.
    package let sites: Setting<[SiteName]>
    /// How many bytes its files may have; none for as many as there is room for.
    package let quotaBytes: Setting<UInt64>
    /// The verdicts on files that it does not take, in order and each once; none for the standard.
    package let refuses: Setting<[Verdict]>
    /// Who sees it; none for everyone who has a token.
    package let visibility: Setting<Visibility>

    /// A command that changes the project `name`. `sites` may come in any order.
    package init(
        name: ProjectName, description: Setting<String> = .unchanged, sites: Setting<[SiteName]> = .unchanged,
        quotaBytes: Setting<UInt64> = .unchanged, refuses: Setting<[Verdict]> = .unchanged,
        visibility: Setting<Visibility> = .unchanged
    ) {
        self.name = name
        self.description = description
        if case .value(let named) = sites {
            self.sites = .value(Set(named).sorted { $0.text < $1.text })
        } else {
            self.sites = sites
        }
        self.quotaBytes = quotaBytes
        self.refuses = refuses.map { Set($0).sorted { $0.rawValue < $1.rawValue } }
        self.visibility = visibility == .value(.internal) ? .none : visibility
    }

    /// The format of its fields: the second says what is refused, the third who sees it.
    var format: UInt8 { visibility != .unchanged ? 3 : refuses == .unchanged ? 1 : 2 }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(name)
        description.encode(to: &writer) { $0.write($1) }
        sites.encode(to: &writer) { $0.write(list: $1) }
        quotaBytes.encode(to: &writer) { $0.write($1) }
        if format > 1 { refuses.encode(to: &writer) { $0.write(list: $1) } }
        if format > 2 { visibility.encode(to: &writer) { $0.write($1) } }
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) { try self.init(from: &reader, format: 1) }

    init(from reader: inout CanonicalReader, format: UInt8) throws(CanonicalError) {
        name = try reader.read()
        description = try Setting(from: &reader) { (reader) throws(CanonicalError) in try reader.readString() }
        sites = try Setting(from: &reader) { (reader) throws(CanonicalError) in try reader.readList() }
        quotaBytes = try Setting(from: &reader) { (reader) throws(CanonicalError) in try reader.readInteger() }
        refuses =
            format > 1
            ? try Setting(from: &reader) { (reader) throws(CanonicalError) in try reader.readList() } : .unchanged
        visibility =
            format > 2
            ? try Setting(from: &reader) { (reader) throws(CanonicalError) in try reader.read() } : .unchanged
        if self.format != format || visibility == .value(.internal) {
            throw .invalid("an older format says all that this change does")
        }
        if case .value(let verdicts) = refuses,
            !zip(verdicts, verdicts.dropFirst()).allSatisfy({ $0.rawValue < $1.rawValue })
        {
            throw .invalid("the verdicts that are refused are not in order")
        }
        if case .value(let named) = sites, !zip(named, named.dropFirst()).allSatisfy({ $0.text < $1.text }) {
            throw .invalid("the sites of a project are not in order")
        }
    }
}
