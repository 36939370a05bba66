import Models
import Storage

/// How many bytes a project's files have: each content counts once, whatever the number of files and versions that have
/// it. Counted from the first version of projects that are made since commands of level 4 are understood, and of older
/// ones since they got a quota. Of a content that came since level 6 it is known how many versions have it: with the
/// last of them it goes.
extension StateTransaction {
    /// What a version would add to its project.
    struct NewContents {
        fileprivate var sizes: [Digest: UInt64] = [:]
        /// Contents that other versions have as well.
        fileprivate var shared: [Digest: ContentRecord] = [:]
        fileprivate(set) var refusal: Rejection?

        fileprivate var bytes: UInt64 { sizes.values.reduce(0) { $0.addingSaturated($1) } }
    }

    /// The contents of `files` in `project`, and why those that no file has yet are too many, if they are.
    mutating func newContents(of files: [FileEntry], in project: ProjectName) throws(StorageError) -> NewContents {
        var new = NewContents()
        let existing: Project? = try record(.project(project))
        if let existing {
            guard existing.usedBytes != nil else { return new }
        } else {
            guard try level() >= Command.levelOfProjects else { return new }
        }
        for file in files where new.sizes[file.sha256] == nil && new.shared[file.sha256] == nil {
            if let content: ContentRecord = try record(.content(project, file.sha256)) {
                new.shared[file.sha256] = content
            } else {
                new.sizes[file.sha256] = file.size
            }
        }
        new.refusal = existing?.refusal(ofAdding: new.bytes)
        return new
    }

    /// Counts them.
    mutating func add(_ new: NewContents, to project: ProjectName) throws(StorageError) {
        let first: UInt64? = try level() >= Command.levelOfLifecycles ? 1 : nil
        for (digest, content) in new.shared {
            guard let versions = content.versions else { continue }
            try put(ContentRecord(size: content.size, versions: versions + 1), at: .content(project, digest))
        }
        guard !new.sizes.isEmpty, var counted: Project = try record(.project(project)) else { return }
        for (digest, size) in new.sizes {
            insert(ContentRecord(size: size, versions: first), at: .content(project, digest))
        }
        counted.usedBytes = (counted.usedBytes ?? 0).addingSaturated(new.bytes)
        try put(counted, at: .project(project))
    }

    /// Counts the contents of a version that is gone for good out, where no other has them.
    mutating func uncount(_ version: Version) throws(StorageError) {
        let project = version.project
        guard var counted: Project = try record(.project(project)), let used = counted.usedBytes else { return }
        var freed: UInt64 = 0
        for digest in Set(version.files.map(\.sha256)) {
            guard let content: ContentRecord = try record(.content(project, digest)), let versions = content.versions
            else { continue }
            if versions > 1 {
                try put(ContentRecord(size: content.size, versions: versions - 1), at: .content(project, digest))
            } else {
                try delete(.content(project, digest))
                freed = freed.addingSaturated(content.size)
            }
        }
        counted.usedBytes = used > freed ? used - freed : 0
        try put(counted, at: .project(project))
    }

    /// Counts what is there, of a project that was made before contents were counted. It reads all its versions, once.
    /// Returns why it cannot, or nil.
    mutating func count(_ project: inout Project) throws(StorageError) -> Rejection? {
        guard project.usedBytes == nil else { return nil }
        guard let contents = try allContents(of: project.name) else {
            return Rejection(
                .limitExceeded,
                "project “\(project.name)” has more than \(Limits.standard.countedFiles) files, too many to be counted; it cannot get a "
                    + "quota")
        }
        let isKnown = try level() >= Command.levelOfLifecycles
        var used: UInt64 = 0
        for (digest, content) in contents {
            insert(
                ContentRecord(size: content.size, versions: isKnown ? content.versions : nil),
                at: .content(project.name, digest))
            used = used.addingSaturated(content.size)
        }
        project.usedBytes = used
        return nil
    }

    /// The contents that versions of a project have, also those that are deleted and can be taken back; nil when they have
    /// too many files.
    private func allContents(of project: ProjectName) throws(StorageError) -> [Digest: ContentRecord]? {
        var (contents, count): ([Digest: ContentRecord], Int) = ([:], 0)
        func add(_ version: Version) -> Bool {
            count += version.files.count
            for (digest, size) in Dictionary(version.files.map { ($0.sha256, $0.size) }, uniquingKeysWith: { $1 }) {
                contents[digest] = ContentRecord(size: size, versions: (contents[digest]?.versions ?? 0) + 1)
            }
            return count <= Limits.standard.countedFiles
        }
        try Catalog(self).forEachVersion(of: project) { add($0) }
        for model in try Catalog(self).allModels(in: project) {
            try Catalog(self).forEachDeletedVersion(of: ModelKey(project, model.name)) { $0.version.map(add) ?? true }
        }
        return count <= Limits.standard.countedFiles ? contents : nil
    }
}

extension Project {
    /// Why it has no room for `bytes` more, or nil.
    func refusal(ofAdding bytes: UInt64) -> Rejection? {
        guard bytes > 0, let quotaBytes, let usedBytes, usedBytes.addingSaturated(bytes) > quotaBytes else {
            return nil
        }
        return Rejection(
            .quotaExceeded,
            "project “\(name)” may have \(quotaBytes) bytes and has \(usedBytes); this would add \(bytes). "
                + "Ask an administrator for a larger quota")
    }
}

extension UInt64 {
    /// The sum, or the largest number when it is larger: no command may crash a node, whatever sizes it claims.
    fileprivate func addingSaturated(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
