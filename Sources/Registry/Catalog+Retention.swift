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
        var before: UInt64?
        while true {
            let page = try deletedVersions(project: project, model: model, before: before, limit: 1_000)
            if let found = page.first(where: { !$0.isPurged }) { return found }
            guard let last = page.last else { return nil }
            before = last.number
        }
    }

    /// When, by whom and why a model or project was deleted; nil when it was not.
    package func tombstone(of project: ProjectName, _ model: ModelName? = nil) throws(StorageError) -> Tombstone? {
        try reader.record(.tombstone(project, model))
    }

    /// Versions whose time to be purged has come, of the first project that has any: at most `limit`.
    package func versionsToPurge(
        at time: Timestamp, limit: Int
    ) throws(StorageError) -> (project: ProjectName, versions: [VersionKey])? {
        var (found, after): ([VersionKey], StateKey?) = ([], nil)
        while found.count < limit {
            let range = StateKey.Listing.allDeletedVersions.range(after: after)
            let page: [DeletedVersion] = try reader.records(range, limit: 100)
            for deleted in page where !deleted.isPurged && deleted.purgeAt <= time && found.count < limit {
                guard found.first.map({ $0.project == deleted.project }) ?? true else { break }
                let key = VersionKey(project: deleted.project, model: deleted.model, number: deleted.number)
                if try hold(on: key) == nil { found.append(key) }
            }
            guard let last = page.last else { break }
            after = .deletedVersion(VersionKey(project: last.project, model: last.model, number: last.number))
        }
        return found.first.map { ($0.project, found) }
    }

    /// Why a version must be kept, or nil.
    package func hold(on key: VersionKey) throws(StorageError) -> Hold? { try reader.record(.hold(key)) }
}
