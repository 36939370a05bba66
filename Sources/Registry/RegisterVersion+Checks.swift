package import Models

extension RegisterVersion {
    /// Why no version can be made of this, whatever the state, or nil. Names and paths were checked when they were
    /// decoded.
    var refusal: Rejection? {
        guard
            let problem = filesProblem ?? Self.problem(ofMetadata: metadata) ?? tagsProblem ?? textProblem
                ?? inspectionProblem
        else {
            return nil
        }
        return Rejection(.invalid, problem)
    }

    private var filesProblem: String? {
        let limits = Limits.standard
        if files.isEmpty { return "a version needs at least one file" }
        if files.count > limits.filesPerVersion {
            return "a version has at most \(limits.filesPerVersion) files, not \(files.count)"
        }
        for file in files {
            if file.size > limits.fileBytes { return "“\(file.path)” is larger than \(limits.fileBytes) bytes" }
            if file.pageBytes != file.size { return "the pages of “\(file.path)” do not add up to its size" }
        }
        return FilePath.conflict(among: files.map(\.path))
    }

    /// Why a version cannot have such metadata; nil when it can.
    package static func problem(ofMetadata metadata: JSONValue) -> String? {
        let limits = Limits.standard
        guard case .object = metadata else { return "metadata must be a JSON object" }
        if metadata.depth > limits.metadataDepth { return "metadata nests deeper than \(limits.metadataDepth) levels" }
        let size = metadata.canonicalBytes.count
        return size <= limits.metadataBytes
            ? nil : "metadata has \(size) bytes in canonical form; at most \(limits.metadataBytes) are allowed"
    }

    private var tagsProblem: String? {
        let limits = Limits.standard
        if tags.count > limits.tags { return "a version has at most \(limits.tags) tags, not \(tags.count)" }
        // In an order of their own: which of two problems is told must not depend on the dictionary's.
        for (key, value) in tags.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            if key.isEmpty { return "a tag's key is empty" }
            if key.utf8.count > limits.tagKeyBytes { return "a tag's key is longer than \(limits.tagKeyBytes) bytes" }
            if value.utf8.count > limits.tagValueBytes {
                return "the value of the tag “\(key)” is longer than \(limits.tagValueBytes) bytes"
            }
        }
        return nil
    }

    private var inspectionProblem: String? {
        guard let inspection, inspection.canonicalBytes.count > Inspection.mostBytes else { return nil }
        return "what was found in the files has more than \(Inspection.mostBytes) bytes"
    }

    private var textProblem: String? {
        let limits = Limits.standard
        if isTooLong(message) { return "the message is longer than \(limits.textBytes) bytes; shorten it" }
        if aliases.count > limits.aliases { return "at most \(limits.aliases) aliases can move at once" }
        return nil
    }
}

extension FileEntry {
    /// How many bytes the pages cover; nil when no file is that large.
    fileprivate var pageBytes: UInt64? {
        var total: UInt64 = 0
        for page in pages {
            let (sum, overflow) = total.addingReportingOverflow(page.size)
            if overflow { return nil }
            total = sum
        }
        return total
    }
}
