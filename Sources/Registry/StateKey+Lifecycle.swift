import Models
import Storage

/// Keys of where versions stand: see the table at `StateKey`.
extension StateKey {
    static func lifecycle(_ project: ProjectName) -> StateKey { StateKey(.lifecycle, Array(project.text.utf8)) }

    static func stage(_ version: VersionKey) -> StateKey { StateKey(.stage, below(version)) }

    static func stageMove(_ version: VersionKey, _ number: UInt64) -> StateKey {
        StateKey(.stageMove, below(version) + [0] + bigEndian(number))
    }

    static func stageMember(_ version: VersionKey, _ stage: StageName) -> StateKey {
        StateKey(.stageMember, Listing.members(version.modelKey, stage).prefix.dropFirst() + bigEndian(version.number))
    }

    static func stageCount(_ project: ProjectName, _ stage: StageName) -> StateKey {
        StateKey(.stageCount, Array(project.text.utf8) + [0] + Array(stage.text.utf8))
    }

    static func approval(_ version: VersionKey, to stage: StageName, by principal: PrincipalName) -> StateKey {
        StateKey(.approval, Listing.approvals(version, stage).prefix.dropFirst() + Array(principal.text.utf8))
    }

    static func evaluationCount(_ version: VersionKey) -> StateKey { StateKey(.evaluationCount, below(version)) }

    static func evaluation(_ version: VersionKey, _ number: UInt64) -> StateKey {
        StateKey(.evaluation, below(version) + [0] + bigEndian(number))
    }

    static func deletedVersion(_ version: VersionKey) -> StateKey { StateKey(.deletedVersion, below(version)) }

    static func purgeDue(_ at: Timestamp, _ version: VersionKey) -> StateKey {
        StateKey(.purgeDue, bigEndian(UInt64(max(0, at.milliseconds))) + below(version))
    }

    static func tombstone(_ project: ProjectName, _ model: ModelName?) -> StateKey {
        StateKey(.tombstone, Array(project.text.utf8) + (model.map { [0] + Array($0.text.utf8) } ?? []))
    }

    static func hold(_ version: VersionKey) -> StateKey { StateKey(.hold, below(version)) }

    static func schema(_ project: ProjectName, before stage: StageName?) -> StateKey {
        StateKey(.schema, Listing.schemas(project).prefix.dropFirst() + Array(stage?.text.utf8 ?? "".utf8))
    }

    static func retention(_ project: ProjectName) -> StateKey { StateKey(.retention, Array(project.text.utf8)) }

    static func risk(_ model: ModelKey) -> StateKey {
        StateKey(.risk, Array(model.project.text.utf8) + [0] + Array(model.name.text.utf8))
    }

    static func below(_ version: VersionKey) -> [UInt8] {
        Array(version.project.text.utf8) + [0] + Array(version.model.text.utf8) + [0] + bigEndian(version.number)
    }

    static func bigEndian(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
}

extension StateKey.Listing {
    static func stageMoves(_ version: VersionKey) -> StateKey.Listing {
        StateKey.Listing(prefix: [StateKey.Kind.stageMove.rawValue] + StateKey.below(version) + [0])
    }

    static func evaluations(_ version: VersionKey) -> StateKey.Listing {
        StateKey.Listing(prefix: [StateKey.Kind.evaluation.rawValue] + StateKey.below(version) + [0])
    }

    /// Deleted versions that may be purged at `time`.
    static func purgesDue(until time: Timestamp) -> KeyRange {
        let kind = StateKey.Kind.purgeDue.rawValue
        return KeyRange(lower: [kind], upper: [kind] + StateKey.bigEndian(UInt64(max(0, time.milliseconds)) + 1))
    }

    static func deletedVersions(_ model: ModelKey) -> StateKey.Listing {
        StateKey.Listing(
            prefix: [StateKey.Kind.deletedVersion.rawValue] + Array(model.project.text.utf8) + [0]
                + Array(model.name.text.utf8) + [0])
    }

    static func schemas(_ project: ProjectName) -> StateKey.Listing {
        StateKey.Listing(prefix: [StateKey.Kind.schema.rawValue] + Array(project.text.utf8) + [0])
    }

    /// The versions of a model that are in a stage.
    static func members(_ model: ModelKey, _ stage: StageName) -> StateKey.Listing {
        StateKey.Listing(
            prefix: [StateKey.Kind.stageMember.rawValue] + Array(model.project.text.utf8) + [0]
                + Array(model.name.text.utf8) + [0] + Array(stage.text.utf8) + [0])
    }

    static func approvals(_ version: VersionKey) -> StateKey.Listing {
        StateKey.Listing(prefix: [StateKey.Kind.approval.rawValue] + StateKey.below(version) + [0])
    }

    static func approvals(_ version: VersionKey, _ stage: StageName) -> StateKey.Listing {
        StateKey.Listing(prefix: approvals(version).prefix + Array(stage.text.utf8) + [0])
    }
}
