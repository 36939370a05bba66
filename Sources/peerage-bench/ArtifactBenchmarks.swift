import AsyncHTTPClient
import Foundation
import Glibc
import Models
import PeerageClient
import Synchronization

/// What bytes cost three nodes, in the order it is measured.
struct ArtifactBenchmarks {
    let cluster: BenchCluster
    let root: URL
    let bytes: Int

    private static let project = "bench"
    /// Rounds of what is measured more than once; the middle one counts.
    private static let rounds = 3
    private static let gibibyte = Double(1 << 30)

    private var receiver: BenchProcess { cluster.processes[0] }
    private var replicas: ArraySlice<BenchProcess> { cluster.processes.dropFirst() }
    private var site: BenchCluster.Site { cluster.sites[0] }
    private var curl: Curl { Curl(authority: cluster.authority, log: root.appending(path: "curl.log")) }

    func start() async throws {
        try cluster.start()
        let client = try cluster.httpClient()
        for position in cluster.sites.indices { try await cluster.waitUntilReady(position, client) }
        try await client.shutdown()
    }

    /// One file through curl to one node, which gives it to the two others; and to docker-registry, which keeps it
    /// alone.
    func push(_ report: inout Report) async throws {
        let file = root.appending(path: "pushed")
        let registry = try FileServer.registry(cluster: cluster, in: root.appending(path: "registry"))
        defer { registry?.stop() }
        var (one, others, written, theirs): ([Double], [Double], [Double], [Double]) = ([], [], [], [])
        for _ in 0..<Self.rounds {
            try Noise.write(to: file, bytes: bytes)
            let digest = try Digest(of: Array(Data(contentsOf: file)))
            let url = "\(site.url.absoluteString)/api/v1/projects/\(Self.project)/uploads/\(digest)"
            let before = (receiver.processorSeconds, replicaSeconds, receiver.bytesWritten)
            try curl.put(file, to: url, token: cluster.token)
            one.append(receiver.processorSeconds - before.0)
            // The third node is not waited for.
            try await Task.sleep(for: .seconds(3))
            others.append((replicaSeconds - before.1) / Double(replicas.count))
            written.append((receiver.bytesWritten - before.2) / Double(bytes))
            guard let registry else { continue }
            let theirsBefore = registry.process.processorSeconds
            let location = try curl.post("\(registry.url)/v2/bench/blobs/uploads/", in: root)
            try curl.put(file, to: "\(location)&digest=sha256:\(digest)")
            theirs.append(registry.process.processorSeconds - theirsBefore)
        }
        try FileManager.default.removeItem(at: file)
        report.add("push, at the receiving node", perGibibyte(one), "core-s/GiB")
        report.add("push, at a replica", perGibibyte(others), "core-s/GiB")
        report.add("push, written to disk by the receiving node", median(written), "times the file")
        guard let registry, !theirs.isEmpty else {
            return report.note("docker-registry is not installed (Debian: docker-registry), so it was not measured")
        }
        report.add(
            "push to docker-registry, one copy", perGibibyte(theirs), "core-s/GiB",
            ratio: median(theirs) / median(one), to: "Peerage's speed per core (goal: at most 1)")
        report.add("memory of docker-registry", registry.process.memory.most / 1e6, "MB")
    }

    /// One file from one node, and from nginx, by the same client: chunks kept raw, and weights in bf16.
    func pull(_ report: inout Report) async throws {
        let files = root.appending(path: "files")
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        let kinds: [(name: String, bytes: () -> [UInt8], goal: Double)] = [
            ("raw", { Noise.bytes(bytes) }, 0.9), ("compressed", { Tensors.weights(bytes: bytes) }, 0.6),
        ]
        let nginx = try FileServer.nginx(over: files, cluster: cluster, in: root.appending(path: "nginx"))
        defer { nginx?.stop() }
        for kind in kinds {
            let file = files.appending(path: kind.name)
            try Data(kind.bytes()).write(to: file)
            try await push([LocalFile.files(at: file)[0]], to: kind.name)
            let url =
                "\(site.url.absoluteString)/api/v1/projects/\(Self.project)/models/\(kind.name)/versions/1/files/\(kind.name)"
            var (ours, theirs): ([Double], [Double]) = ([], [])
            for _ in 0..<Self.rounds {
                let before = receiver.processorSeconds
                try curl.get(url, token: cluster.token)
                ours.append(receiver.processorSeconds - before)
                guard let nginx else { continue }
                let theirsBefore = nginx.process.processorSeconds
                try curl.get("\(nginx.url)/\(kind.name)")
                theirs.append(nginx.process.processorSeconds - theirsBefore)
            }
            report.add("pull, chunks kept \(kind.name)", perGibibyte(ours), "core-s/GiB")
            guard !theirs.isEmpty else { continue }
            report.add(
                "the same from nginx", perGibibyte(theirs), "core-s/GiB", ratio: median(theirs) / median(ours),
                to: "nginx per core is ours (goal \(kind.goal))")
        }
        if nginx == nil { report.note("nginx is not installed (Debian: nginx-light), so it was not measured") }
    }

    /// A large file pulled from a node that is killed in the middle.
    func pullWhileItsNodeDies(_ report: inout Report) async throws {
        let (start, cluster) = (ContinuousClock.now, cluster)
        let configuration = ClientConfiguration(
            servers: cluster.sites.map(\.url), token: cluster.token, certificateAuthority: cluster.authority)
        let victim = receiver.identifier
        let isKilled = Mutex(false)
        let reference = try ModelReference("\(Self.project)/raw:1")
        let target = root.appending(path: "survivor")
        _ = try await PeerageClient.with(configuration) { client throws(ClientError) in
            try await client.pull(reference, into: target) { progress in
                guard progress.bytesDone * 3 > progress.bytesTotal else { return }
                let isFirst = isKilled.withLock { killed in
                    defer { killed = true }
                    return !killed
                }
                if isFirst { Glibc.kill(victim, SIGKILL) }
            }
        }
        let pulled = try Data(contentsOf: target.appending(path: "raw"))
        guard isKilled.withLock({ $0 }), pulled == (try Data(contentsOf: root.appending(path: "files/raw"))) else {
            throw BenchFailure("the file that was pulled while its node was killed is another one")
        }
        receiver.kill()
        report.add("pull whose node is killed in the middle, bytes equal", start.duration(to: .now).inSeconds, "s")
        let client = try cluster.httpClient()
        try cluster.start(0)
        try await cluster.waitUntilReady(0, client)
        try await client.shutdown()
    }

    /// What versions take that are like others: new bytes that are sent, and bytes that are stored.
    func series(model: URL?, _ report: inout Report) async throws {
        let directory = root.appending(path: "series")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let file = directory.appending(path: "weights")
        try Noise.write(to: file, bytes: bytes)
        try await add("new, \(bytes / 1_000_000) MB", [LocalFile.files(at: file)[0]], "grown", &report)
        try Noise.append(to: file, bytes: 1_000_000)
        try await add("(c) 1 MB appended to it", [LocalFile.files(at: file)[0]], "grown", of: 1_000_000, &report)
        let moved = try [LocalFile(path: FilePath("elsewhere/weights"), location: file)]
        try await add("(d) its directory renamed", moved, "grown", of: 0, &report)
        try await add("(e) the same under another project", moved, "grown", in: "other", of: 0, &report)
        guard let model else {
            return report.note("no --model was given, so real weights were not measured")
        }
        let tensors = try Tensors(safetensors: model)
        for (name, data) in [("f32", tensors.f32), ("f16", tensors.f16), ("bf16", tensors.bf16)] {
            try data.write(to: file)
            try await add("(a) \(model.lastPathComponent) in \(name)", [LocalFile.files(at: file)[0]], name, &report)
        }
        let (tuned, changed) = tensors.tuned("layer.3.")
        try tuned.write(to: file)
        try await add("(b) one of its layers changed", [LocalFile.files(at: file)[0]], "f32", of: changed, &report)
    }

    /// What a node took at most, under all of it.
    func memory(_ report: inout Report) {
        let most = cluster.processes.map(\.memory.most).max() ?? 0
        report.add("memory of a node under all loads, largest of three", most / 1e6, "MB", goal: 256)
    }

    /// Pushes files, and adds what was sent and stored of them, beside all their bytes or those that changed.
    private func add(
        _ name: String, _ files: [LocalFile], _ model: String, in project: String = project, of changed: Int? = nil,
        _ report: inout Report
    ) async throws {
        let before = try storedBytes
        let result = try await push(files, to: model, in: project)
        let (sent, stored) = (Double(result.summary.bytesMoved), Double(try storedBytes - before))
        let all = Double(changed ?? Int(result.version.version.size))
        for (what, count) in [("sent", sent), ("stored", stored)] {
            report.add(
                "\(name), \(what)", count / 1e6, "MB", ratio: all > 0 ? count / all : nil,
                to: changed == nil ? "its bytes" : "what changed")
        }
    }

    @discardableResult
    private func push(_ files: [LocalFile], to model: String, in project: String = project) async throws
        -> TransferResult
    {
        let (project, model) = (try ProjectName(project), try ModelName(model))
        return try await PeerageClient.with(cluster.sdk(site)) { client throws(ClientError) in
            try await client.push(files, to: model, in: project)
        }
    }

    /// Bytes of the packs of the first node.
    private var storedBytes: Int {
        get throws {
            let packs = site.directory.appending(path: "data/store/packs")
            return try FileManager.default.contentsOfDirectory(at: packs, includingPropertiesForKeys: [.fileSizeKey])
                .reduce(0) { $0 + (try $1.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0) }
        }
    }

    private var replicaSeconds: Double { replicas.reduce(0) { $0 + $1.processorSeconds } }

    private func perGibibyte(_ seconds: [Double]) -> Double { median(seconds) / (Double(bytes) / Self.gibibyte) }

    private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
