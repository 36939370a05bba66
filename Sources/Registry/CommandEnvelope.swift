package import Models

/// A command with all that the state machine may not find out by itself: who asks, where, when, and under which id a
/// retry is known again. It is what an entry of the log holds.
package struct CommandEnvelope: Hashable, Sendable, CanonicalCodable {
    /// The command's id: two envelopes with one id are one command and its retry.
    package let id: UniqueID
    /// Who asks.
    package let principal: PrincipalName
    /// The site that took the command in.
    package let site: SiteName
    /// When, by the clock of the node that took it in: the only clock the state machine knows.
    package let at: Timestamp
    /// What is asked.
    package let command: Command

    /// `command` as `principal` asks it.
    package init(id: UniqueID, principal: PrincipalName, site: SiteName, at: Timestamp, command: Command) {
        self.id = id
        self.principal = principal
        self.site = site
        self.at = at
        self.command = command
    }

    var header: CommandHeader { CommandHeader(id: id, principal: principal, site: site, at: at) }

    package func encode(to writer: inout CanonicalWriter) {
        writer.write(header)
        writer.write(command)
    }

    package init(from reader: inout CanonicalReader) throws(CanonicalError) {
        let header: CommandHeader = try reader.read()
        self.init(
            id: header.id, principal: header.principal, site: header.site, at: header.at, command: try reader.read())
    }
}

/// What an envelope says before its command: read on its own, so that whoever waits for a command that this build
/// cannot decode gets an answer.
struct CommandHeader: Hashable, CanonicalCodable {
    let id: UniqueID
    let principal: PrincipalName
    let site: SiteName
    let at: Timestamp

    init(id: UniqueID, principal: PrincipalName, site: SiteName, at: Timestamp) {
        self.id = id
        self.principal = principal
        self.site = site
        self.at = at
    }

    func encode(to writer: inout CanonicalWriter) {
        writer.write(UInt8(1))
        writer.write(id)
        writer.write(principal)
        writer.write(site)
        writer.write(at)
    }

    init(from reader: inout CanonicalReader) throws(CanonicalError) {
        _ = try reader.readVersion(of: "command envelope", known: 1...1)
        id = try reader.read()
        principal = try reader.read()
        site = try reader.read()
        at = try reader.read()
    }
}
