package import Models

/// What applying one entry gave.
package struct Applied: Sendable {
    /// The command's id; nil when the entry was not even an envelope.
    package let commandID: UniqueID?
    /// What came of the command; of its first application when this was a repetition.
    package let outcome: Outcome
    /// What changed; empty for what was refused or repeated.
    package let events: [Event]

    /// What came of the command `commandID`.
    package init(commandID: UniqueID?, outcome: Outcome, events: [Event]) {
        self.commandID = commandID
        self.outcome = outcome
        self.events = events
    }
}

/// A change that others follow: search, notification, replication of bytes. It names what changed; readers look it up.
package enum Event: Hashable, Sendable {
    /// The cluster was founded.
    case established
    /// The whole state was replaced by a newer one: anything may have changed.
    case stateReplaced
    /// The cluster has other members, or one of them another role, address or build.
    case membersChanged
    /// A project exists.
    case projectCreated(ProjectName)
    /// A project's description, quota or rules are others now, or, where it has moved, the sites that keep its bytes.
    case projectChanged(ProjectName, hasMoved: Bool)
    /// A model exists.
    case modelCreated(project: ProjectName, model: ModelName)
    /// A version exists.
    case versionRegistered(project: ProjectName, model: ModelName, number: UInt64)
    /// More is known of a version, or it serves elsewhere.
    case versionChanged(project: ProjectName, model: ModelName, number: UInt64)
    /// The bytes of a version are kept at other sites now.
    case versionMoved(project: ProjectName, model: ModelName, number: UInt64)
    /// An alias names another version now, or nothing.
    case aliasMoved(project: ProjectName, model: ModelName, alias: AliasName, to: UInt64?)
}
