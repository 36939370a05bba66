package import Models
package import Storage

extension Catalog {
    /// The newest version that a model has, or nil: the newest that was registered may have been deleted.
    package func newestVersion(project: ProjectName, model: ModelName) throws(StorageError) -> Version? {
        try versions(project: project, model: model, before: nil, limit: 1).first
    }

    /// A version that was deleted, or nil.
    package func deletedVersion(_ key: VersionKey) throws(StorageError) -> DeletedVersion? {
        try reader.record(.deletedVersion(key))
    }

    /// The versions of a model that were deleted, newest first, older than `before`.
    package func deletedVersions(
        project: ProjectName, model: ModelName, before: UInt64?, limit: Int
    ) throws(StorageError) -> [DeletedVersion] {
        let range = StateKey.Listing.deletedVersions(ModelKey(project, model)).range(
            before: before.map { .deletedVersion(VersionKey(project: project, model: model, number: $0)) })
        return try reader.records(range, limit: limit, reversed: true)
    }

    /// A deleted version of a model that is not purged yet, or nil.
    func unpurged(of project: ProjectName, _ model: ModelName) throws(StorageError) -> DeletedVersion? {
        var found: DeletedVersion?
        try forEachDeletedVersion(of: ModelKey(project, model)) { deleted in
            if !deleted.isPurged { found = deleted }
            return found == nil
        }
        return found
    }

    /// Gives every deleted version of a model to `body`, the newest first, until it returns false. One at a time: each may
    /// have a megabyte.
    func forEachDeletedVersion(
        of model: ModelKey, _ body: (DeletedVersion) throws(StorageError) -> Bool
    ) throws(StorageError) {
        var before: UInt64?
        while let next = try deletedVersions(
            project: model.project, model: model.name, before: before, limit: 1
        ).first {
            guard try body(next) else { return }
            before = next.number
        }
    }

    /// When, by whom and why a model or project was deleted; nil when it was not.
    package func tombstone(of project: ProjectName, _ model: ModelName? = nil) throws(StorageError) -> Tombstone? {
        try reader.record(.tombstone(project, model))
    }

    /// Versions whose time to be purged has come, of one project: the first that any of is due, and as many as
    /// `RetentionCommand` purges at once.
    package func versionsToPurge(
        at time: Timestamp
    ) throws(StorageError) -> (project: ProjectName, versions: [VersionKey])? {
        let listing = StateKey.Listing.purgesDue(until: time)
        var (found, files, after): ([VersionKey], Int, [UInt8]?) = ([], 0, nil)
        while true {
            let range = after.map { KeyRange(lower: $0 + [0], upper: listing.upper) } ?? listing
            let page = try reader.records(in: range, of: .state, limit: 100, reversed: false)
            guard let last = page.last else { break }
            for record in page {
                let key: VersionKey = try decode(record.value, at: record.key)
                guard found.first?.project ?? key.project == key.project, try hold(on: key) == nil,
                    let version = try deletedVersion(key)?.version
                else { continue }
                found.append(key)
                files += version.files.count
                if found.count == RetentionCommand.mostPurged || files >= RetentionCommand.mostPurgedFiles {
                    return (key.project, found)
                }
            }
            after = last.key
        }
        return found.first.map { ($0.project, found) }
    }

    /// Why a version must be kept, or nil.
    package func hold(on key: VersionKey) throws(StorageError) -> Hold? { try reader.record(.hold(key)) }
}
