import Inspection
package import Models
import Registry
import Synchronization

extension RegistryService {
    /// What differs between two versions: records, tensors and bytes.
    package func difference(
        from first: ModelReference, to second: ModelReference, for principal: Principal, _ consistency: Consistency
    ) async throws(ServiceError) -> Answer<VersionDifference> {
        let versions = try await read(consistency, for: principal) { catalog in
            (
                try catalog.describe(first.project, first.model, first.selector ?? .latest).version,
                try catalog.describe(second.project, second.model, second.selector ?? .latest).version
            )
        }
        let (from, to) = versions.value
        var difference = VersionDifference(from: from, to: to)
        if from.digest == to.digest {
            difference.sharedBytes = to.size
        } else {
            guard comparisons.withLock({ $0 < Self.mostComparisons }) else { throw .overloaded }
            comparisons.withLock { $0 += 1 }
            defer { comparisons.withLock { $0 -= 1 } }
            try await compareFiles(from, to, &difference)
        }
        return Answer(value: difference, appliedIndex: versions.appliedIndex, isStale: versions.isStale)
    }

    /// Comparisons of files at a time: each holds the lists of all chunks of both versions, up to 100 MB.
    private static let mostComparisons = 2

    private func compareFiles(
        _ from: Version, _ to: Version, _ difference: inout VersionDifference
    ) async throws(ServiceError) {
        guard let old = try await chunkMap(of: from), let new = try await chunkMap(of: to) else { return }
        let known = Set(old.files.values.joined().map(\.id))
        difference.sharedBytes = new.files.values.joined().reduce(0) {
            $0 + (known.contains($1.id) ? UInt64($1.size) : 0)
        }
        let (before, after) = (try await tensors(of: from), try await tensors(of: to))
        guard !before.isEmpty || !after.isEmpty else { return }
        var comparison = TensorComparison()
        for name in Set(before.keys).union(after.keys).sorted() {
            let bytes = try await changedBytes(before[name], after[name], old, new, budget: &comparison.budget)
            comparison.add(name, before[name]?.tensor, after[name]?.tensor, changedBytes: bytes)
        }
        difference.tensors = Array(comparison.changed.prefix(Limits.standard.differences))
        difference.changedTensors = comparison.changed.count
        difference.unchangedTensors = comparison.unchanged
    }

    /// The chunks of a version's files; nil when they are more than a comparison takes on.
    private func chunkMap(of version: Version) async throws(ServiceError) -> ChunkMap? {
        let isKept = try isKept(version.project)
        var map = ChunkMap()
        for file in version.files {
            for page in file.pages {
                map.add(try await references(of: page, isKept: isKept), of: file.path)
                guard map.count <= ChunkMap.most else { return nil }
            }
        }
        return map
    }

    /// The tensors that a version's files tell of, by name, and where they are.
    private func tensors(of version: Version) async throws(ServiceError) -> [String: PlacedTensor] {
        let told = Set(version.inspection?.files.filter { $0.verdict != .malformed }.map(\.path) ?? [])
        var found: [String: PlacedTensor] = [:]
        for file in version.files where told.contains(file.path) {
            let source = UploadedBytes(service: self, file: ProjectFile(project: version.project, file: file))
            do throws(InspectionError) {
                for tensor in try await ModelFile.tensors(of: source, named: file.path.text) {
                    found[tensor.name] = PlacedTensor(file: source, tensor: tensor)
                }
            } catch {
                throw .bytesUnavailable("“\(file.path)” cannot be compared: \(error)")
            }
        }
        return found
    }

    /// How many bytes of a tensor differ; nil where types or shapes do, or where the budget is spent.
    private func changedBytes(
        _ before: PlacedTensor?, _ after: PlacedTensor?, _ old: ChunkMap, _ new: ChunkMap, budget: inout UInt64
    ) async throws(ServiceError) -> UInt64? {
        guard let before, let after, before.tensor.hasForm(of: after.tensor), let first = before.tensor.bytes,
            let second = after.tensor.bytes, first.count == second.count
        else { return nil }
        if old.slices(of: first, in: before.path) == new.slices(of: second, in: after.path) { return 0 }
        guard UInt64(first.count) <= budget else { return nil }
        budget -= UInt64(first.count)
        var changed: UInt64 = 0
        do throws(InspectionError) {
            for offset in stride(from: 0, to: UInt64(first.count), by: 1 << 20) {
                let length = min(1 << 20, UInt64(first.count) - offset)
                let one = try await before.file.read(first.lowerBound + offset..<first.lowerBound + offset + length)
                let other = try await after.file.read(second.lowerBound + offset..<second.lowerBound + offset + length)
                changed += zip(one, other).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
            }
        } catch {
            throw .bytesUnavailable("the tensor “\(before.tensor.name)” cannot be compared: \(error)")
        }
        return changed
    }
}

/// A tensor and the file it is in.
private struct PlacedTensor {
    let file: UploadedBytes
    let tensor: Facts.Tensor

    var path: FilePath { file.file.file.path }
}

/// The tensors of two versions, one after the other.
private struct TensorComparison {
    /// Bytes of each version that may still be read: a comparison of large models takes seconds, not minutes.
    var budget: UInt64 = 512 << 20
    private(set) var changed: [VersionDifference.Tensor] = []
    private(set) var unchanged = 0

    mutating func add(_ name: String, _ before: Facts.Tensor?, _ after: Facts.Tensor?, changedBytes: UInt64?) {
        if before != nil, after != nil, changedBytes == 0 {
            unchanged += 1
            return
        }
        let change: VersionDifference.Change = before == nil ? .added : after == nil ? .removed : .changed
        changed.append(
            VersionDifference.Tensor(
                name: name, change: change, fromType: before?.dtype, toType: after?.dtype, fromShape: before?.shape,
                toShape: after?.shape, changedBytes: changedBytes))
    }
}

extension Facts.Tensor {
    fileprivate func hasForm(of other: Facts.Tensor) -> Bool { dtype == other.dtype && shape == other.shape }
}

/// Which chunks the files of a version are made of.
private struct ChunkMap {
    /// What lies in a range of a file: of which chunk, from which of its bytes, how many.
    struct Slice: Hashable {
        let chunk: ChunkID
        let start: UInt64
        let length: UInt64
    }

    /// Chunks of some 64 GiB, in 60 MB of memory.
    static let most = 1 << 20

    private(set) var files: [FilePath: [ChunkReference]] = [:]
    private(set) var count = 0
    /// Where each chunk of a file begins.
    private var offsets: [FilePath: [UInt64]] = [:]

    mutating func add(_ references: [ChunkReference], of path: FilePath) {
        count += references.count
        files[path, default: []] += references
        var end = offsets[path]?.last ?? 0
        if offsets[path] == nil { offsets[path] = [0] }
        for reference in references {
            end += UInt64(reference.size)
            offsets[path]?.append(end)
        }
    }

    func slices(of range: Range<UInt64>, in path: FilePath) -> [Slice] {
        guard let chunks = files[path], let offsets = offsets[path] else { return [] }
        var (low, high) = (0, chunks.count)
        while low < high {
            let middle = (low + high) / 2
            if offsets[middle + 1] <= range.lowerBound { low = middle + 1 } else { high = middle }
        }
        var slices: [Slice] = []
        while low < chunks.count, offsets[low] < range.upperBound {
            let start = max(range.lowerBound, offsets[low])
            let end = min(range.upperBound, offsets[low + 1])
            slices.append(Slice(chunk: chunks[low].id, start: start - offsets[low], length: end - start))
            low += 1
        }
        return slices
    }
}
