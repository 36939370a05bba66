import Models
import Storage

/// How many bytes a project's files have: each content counts once, whatever the number of files and versions that have
/// it. Counted from the first version of projects that are made since commands of level 4 are understood, and of older
/// ones since they got a quota.
extension StateTransaction {
    /// What a version would add to its project.
    struct NewContents {
        fileprivate var sizes: [Digest: UInt64] = [:]
        fileprivate(set) var refusal: Rejection?

        fileprivate var bytes: UInt64 { sizes.values.reduce(0) { $0.addingSaturated($1) } }
    }

    /// The contents of `files` that no file of `project` has yet, and why they are too many, if they are.
    mutating func newContents(of files: [FileEntry], in project: ProjectName) throws(StorageError) -> NewContents {
        var new = NewContents()
        let existing: Project? = try record(.project(project))
        if let existing {
            guard existing.usedBytes != nil else { return new }
        } else {
            guard try level() >= Command.levelOfProjects else { return new }
        }
        for file in files where new.sizes[file.sha256] == nil {
            if try !contains(.content(project, file.sha256)) { new.sizes[file.sha256] = file.size }
        }
        new.refusal = existing?.refusal(ofAdding: new.bytes)
        return new
    }

    /// Counts them.
    mutating func add(_ new: NewContents, to project: ProjectName) throws(StorageError) {
        guard !new.sizes.isEmpty, var counted: Project = try record(.project(project)) else { return }
        for (digest, size) in new.sizes { insert(ContentRecord(size: size), at: .content(project, digest)) }
        counted.usedBytes = (counted.usedBytes ?? 0).addingSaturated(new.bytes)
        try put(counted, at: .project(project))
    }

    /// Counts those of `files` out that no version of the project has any more. It reads all its versions, also those that
    /// are deleted and can be taken back; where they have too many files, the project stays counted as it was.
    mutating func uncount(_ files: [FileEntry], of project: ProjectName) throws(StorageError) {
        guard var counted: Project = try record(.project(project)), let used = counted.usedBytes,
            let left = try allFiles(of: project)
        else { return }
        var kept = Set(left.map(\.sha256))
        for model in try Catalog(self).allModels(in: project) {
            let deleted = try Catalog(self).deletedVersions(
                project: project, model: model.name, before: nil, limit: Int(model.latestVersion))
            kept.formUnion(deleted.compactMap(\.version).flatMap(\.files).map(\.sha256))
        }
        var freed: UInt64 = 0
        for file in files where !kept.contains(file.sha256) {
            guard try contains(.content(project, file.sha256)) else { continue }
            try delete(.content(project, file.sha256))
            freed = freed.addingSaturated(file.size)
        }
        counted.usedBytes = used > freed ? used - freed : 0
        try put(counted, at: .project(project))
    }

    /// Counts what is there, of a project that was made before contents were counted. It reads all its versions, once.
    /// Returns why it cannot, or nil.
    mutating func count(_ project: inout Project) throws(StorageError) -> Rejection? {
        guard project.usedBytes == nil else { return nil }
        guard let files = try allFiles(of: project.name) else {
            return Rejection(
                .limitExceeded,
                "project “\(project.name)” has more than \(Limits.standard.countedFiles) files, too many to be counted; it cannot get a "
                    + "quota")
        }
        project.usedBytes = 0
        try put(project, at: .project(project.name))
        try add(try newContents(of: files, in: project.name), to: project.name)
        project = try record(.project(project.name)) ?? project
        return nil
    }

    /// A file of each content that the project has; nil when its versions have too many.
    private func allFiles(of project: ProjectName) throws(StorageError) -> [FileEntry]? {
        var (contents, count): ([Digest: FileEntry], Int) = ([:], 0)
        try Catalog(self).forEachVersion(of: project) { version in
            count += version.files.count
            for file in version.files { contents[file.sha256] = file }
            return count <= Limits.standard.countedFiles
        }
        return count <= Limits.standard.countedFiles ? Array(contents.values) : nil
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
