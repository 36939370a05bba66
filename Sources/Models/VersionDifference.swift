/// What differs between two versions, of one model or of two.
public struct VersionDifference: Hashable, Sendable, Codable {
    /// One of the two versions.
    public struct Side: Hashable, Sendable, Codable {
        /// The project.
        public let project: ProjectName
        /// The model.
        public let model: ModelName
        /// The version's number.
        public let number: UInt64
        /// The version's digest.
        public let digest: Digest
        /// Bytes of all its files.
        public let size: UInt64

        /// The side that `version` is.
        package init(_ version: Version) {
            project = version.project
            model = version.model
            number = version.number
            digest = version.digest
            size = version.size
        }
    }

    /// What became of something between the two.
    public enum Change: String, Hashable, Sendable, Codable {
        /// Only the second has it.
        case added
        /// Only the first has it.
        case removed
        /// Both have it, and it differs.
        case changed
        /// The same content lies at another path.
        case renamed
    }

    /// A file that is not the same in both.
    public struct File: Hashable, Sendable, Codable {
        /// Its path in the second version; in the first, when it was removed.
        public let path: FilePath
        /// What became of it.
        public let change: Change
        /// Where it was, when it was renamed.
        public let fromPath: FilePath?
        /// Its bytes in the first version.
        public let fromSize: UInt64?
        /// Its bytes in the second.
        public let toSize: UInt64?

        enum CodingKeys: String, CodingKey {
            case path, change
            case fromPath = "from_path"
            case fromSize = "from_size"
            case toSize = "to_size"
        }
    }

    /// A value of metadata, of a tag or of what the files say that is not the same in both.
    public struct Value: Hashable, Sendable, Codable {
        /// Where it is: `metadata.metrics.f1`, `tags.team`, `inspection.parameters`…
        public let path: String
        /// What it is in the first; nil when it is not there.
        public let from: JSONValue?
        /// What it is in the second; nil when it is not there.
        public let to: JSONValue?
    }

    /// A tensor that is not the same in both.
    public struct Tensor: Hashable, Sendable, Codable {
        /// Its name.
        public let name: String
        /// What became of it.
        public let change: Change
        /// Its type in the first.
        public let fromType: String?
        /// Its type in the second.
        public let toType: String?
        /// Its shape in the first.
        public let fromShape: [UInt64]?
        /// Its shape in the second.
        public let toShape: [UInt64]?
        /// Bytes that differ, where type and shape are the same; nil where they were not counted.
        public let changedBytes: UInt64?

        enum CodingKeys: String, CodingKey {
            case name, change
            case fromType = "from_type"
            case toType = "to_type"
            case fromShape = "from_shape"
            case toShape = "to_shape"
            case changedBytes = "changed_bytes"
        }

        /// A tensor that differs.
        package init(
            name: String, change: Change, fromType: String?, toType: String?, fromShape: [UInt64]?, toShape: [UInt64]?,
            changedBytes: UInt64?
        ) {
            self.name = name
            self.change = change
            self.fromType = fromType
            self.toType = toType
            self.fromShape = fromShape
            self.toShape = toShape
            self.changedBytes = changedBytes
        }
    }

    /// The first version.
    public let from: Side
    /// The second.
    public let to: Side
    /// The files that differ, by path: the first `Limits.differences` of them.
    public let files: [File]
    /// How many files differ.
    public let changedFiles: Int
    /// How many files are the same, at the same path.
    public let unchangedFiles: Int
    /// The values that differ, by path: the first `Limits.differences` of them.
    public let values: [Value]
    /// How many values differ.
    public let changedValues: Int
    /// The tensors that differ, by name: the first `Limits.differences` of them; nil when neither tells of any.
    public var tensors: [Tensor]?
    /// How many tensors differ; nil when neither version tells of any.
    public var changedTensors: Int?
    /// How many tensors are the same; nil when neither version tells of any.
    public var unchangedTensors: Int?
    /// Bytes of the second version's files in chunks that the first has too; nil where they have too many to tell.
    public var sharedBytes: UInt64?

    enum CodingKeys: String, CodingKey {
        case from, to, files, values, tensors
        case changedFiles = "changed_files"
        case unchangedFiles = "unchanged_files"
        case changedValues = "changed_values"
        case changedTensors = "changed_tensors"
        case unchangedTensors = "unchanged_tensors"
        case sharedBytes = "shared_bytes"
    }

    /// Compares what the records say; tensors and chunks are compared by who can read the files.
    package init(from first: Version, to second: Version) {
        from = Side(first)
        to = Side(second)
        let files = Self.files(first, second)
        self.files = Array(files.prefix(Limits.standard.differences))
        changedFiles = files.count
        let paths = Dictionary(first.files.map { ($0.path, $0.sha256) }) { $1 }
        unchangedFiles = second.files.count { paths[$0.path] == $0.sha256 }
        let values = Self.values(first, second)
        self.values = Array(values.prefix(Limits.standard.differences))
        changedValues = values.count
    }

    private static func files(_ first: Version, _ second: Version) -> [File] {
        let old = Dictionary(first.files.map { ($0.path, $0) }) { $1 }
        let new = Dictionary(second.files.map { ($0.path, $0) }) { $1 }
        var gone = first.files.filter { new[$0.path] == nil }
        var found: [File] = []
        for file in second.files {
            if let before = old[file.path] {
                guard before.sha256 != file.sha256 else { continue }
                found.append(
                    File(path: file.path, change: .changed, fromPath: nil, fromSize: before.size, toSize: file.size))
            } else if let position = gone.firstIndex(where: { $0.sha256 == file.sha256 }) {
                let before = gone.remove(at: position)
                found.append(
                    File(
                        path: file.path, change: .renamed, fromPath: before.path, fromSize: before.size,
                        toSize: file.size))
            } else {
                found.append(File(path: file.path, change: .added, fromPath: nil, fromSize: nil, toSize: file.size))
            }
        }
        found += gone.map { File(path: $0.path, change: .removed, fromPath: nil, fromSize: $0.size, toSize: nil) }
        return found.sorted { $0.path < $1.path }
    }

    private static func values(_ first: Version, _ second: Version) -> [Value] {
        let (old, new) = (first.comparedValues, second.comparedValues)
        return Set(old.keys).union(new.keys).filter { old[$0] != new[$0] }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .map { Value(path: $0, from: old[$0], to: new[$0]) }
    }
}

extension Version {
    /// Values by their place.
    fileprivate var comparedValues: [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        if metadata != .object([:]) { metadata.collectLeaves(at: "metadata", into: &values) }
        for (key, value) in tags { values["tags.\(key)"] = .string(value) }
        guard let inspection else { return values }
        if let parameters = inspection.parameters { values["inspection.parameters"] = JSONValue(parameters) }
        for (type, count) in inspection.elements { values["inspection.elements.\(type)"] = JSONValue(count) }
        for (key, value) in inspection.attributes { values["inspection.attributes.\(key)"] = .string(value) }
        return values
    }
}

extension JSONValue {
    /// A count; beyond 63 bits as a number.
    fileprivate init(_ count: UInt64) { self = Int64(exactly: count).map { .integer($0) } ?? .number(Double(count)) }

    /// Plain values, and empty lists and objects, by their place below `path`.
    fileprivate func collectLeaves(at path: String, into values: inout [String: JSONValue]) {
        switch self {
        case .object(let members) where !members.isEmpty:
            for (name, value) in members { value.collectLeaves(at: "\(path).\(name)", into: &values) }
        case .array(let items) where !items.isEmpty:
            for (position, value) in items.enumerated() {
                value.collectLeaves(at: "\(path)[\(position)]", into: &values)
            }
        default: values[path] = self
        }
    }
}
