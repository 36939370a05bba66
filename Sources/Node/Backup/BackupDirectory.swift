import Chunking
import Foundation
package import Models
import Registry
import Replication
import Storage

/// A backup on disk: `backup.json`, which is written last and makes it one; `state-…`, a node's state as of one moment;
/// and a file for each page of the versions in it, named by the page, with its chunks (`docs/design/backup.md`).
///
/// Pages never change, so taking a backup again in the same directory fetches what is new. Everything is checked
/// against the hash that names it, when it is taken, verified and restored.
package struct BackupDirectory: Sendable {
    /// What `backup.json` says.
    package struct Manifest: Codable, Sendable {
        /// The format of the directory; 1.
        package let format: Int
        /// The cluster it is of.
        package let cluster: UniqueID
        /// The index its state is applied through.
        package let index: UInt64
        /// The hash of that state.
        package let stateHash: String
        /// When it was finished.
        package let finishedAt: Timestamp
        /// Pages of files.
        package let pages: Int
        /// Bytes of model files in them.
        package let bytes: UInt64

        enum CodingKeys: String, CodingKey {
            case format, cluster, index, pages, bytes
            case stateHash = "state_hash"
            case finishedAt = "finished_at"
        }
    }

    /// What is wrong with a backup, and what to do.
    package struct Damage: Error, CustomStringConvertible {
        /// One sentence.
        package let description: String
    }

    private let url: URL

    /// The backup in the directory at `path`.
    package init(path: String) { url = URL(filePath: path, directoryHint: .isDirectory) }

    /// The state that `manifest` is of: named by its hash, so that the one before stays whole until the new manifest is
    /// there.
    func stateFile(_ hash: String) -> URL { url.appending(path: "state-\(hash.prefix(16))") }
    var newStateFile: URL { url.appending(path: "state.new") }
    private var manifestFile: URL { url.appending(path: "backup.json") }

    /// The file of a page; pages are spread over 256 directories.
    func file(of page: ChunkID) -> URL {
        let name = Hexadecimal.encode(page.bytes)
        return url.appending(path: "pages/\(name.prefix(2))/\(name)")
    }

    /// What `backup.json` says; throws when there is none: then the backup was not finished.
    package func manifest() throws -> Manifest {
        guard FileManager.default.fileExists(atPath: manifestFile.path) else {
            throw Damage(description: "\(url.path) holds no finished backup: run peerage backup \(url.path) again")
        }
        let manifest = try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: manifestFile))
        guard manifest.format == 1 else {
            throw Damage(description: "the backup has format \(manifest.format), and this build knows 1")
        }
        return manifest
    }

    func write(_ manifest: Manifest) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let new = manifestFile.appendingPathExtension("new")
        try (encoder.encode(manifest) + [10]).write(to: new)
        let handle = try FileHandle(forUpdating: new)
        try handle.synchronize()
        try handle.close()
        try place(new.path, at: manifestFile.path)
    }

    /// Gives a finished file its name, durably.
    func place(_ source: String, at target: String) throws {
        guard rename(source, target) == 0 else {
            throw Damage(description: "\(target) cannot be written: \(String(cString: strerror(errno)))")
        }
        let folder = open(URL(filePath: target).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    /// Removes the states of earlier backups.
    func removeStates(but hash: String) throws {
        let kept = stateFile(hash).lastPathComponent
        for name in try FileManager.default.contentsOfDirectory(atPath: url.path)
        where name.hasPrefix("state-") && name != kept {
            try FileManager.default.removeItem(at: url.appending(path: name))
        }
    }

    /// Makes the directories.
    func create() throws {
        for byte in 0...255 {
            let name = Hexadecimal.encode([UInt8(byte)])
            try FileManager.default.createDirectory(
                at: url.appending(path: "pages/\(name)"), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
    }

    /// The state in `file`, page by page, each handed to `take` once it is read; throws unless the records come to the
    /// state's hash.
    func readState(in file: URL, _ take: (StatePage) throws -> Void) throws -> (index: UInt64, hash: StateHash) {
        let handle = try FileHandle(forReadingFrom: file)
        defer { handle.closeFile() }
        var (sum, last): (StateHash, StatePage?) = (.empty, nil)
        while last?.isLast != true {
            guard let head = try handle.read(upToCount: 4), head.count == 4 else {
                throw Damage(description: "\(file.path) ends in the middle: take the backup again")
            }
            let count = head.reduce(0) { $0 << 8 | Int($1) }
            guard let body = try handle.read(upToCount: count), body.count == count else {
                throw Damage(description: "\(file.path) ends in the middle: take the backup again")
            }
            let page = try StatePage(canonicalBytes: Array(body))
            guard page.isWhole else { throw Damage(description: "\(file.path) is damaged: take the backup again") }
            guard page.after == last?.records.last?.key ?? [], page.hash == last?.hash ?? page.hash else {
                throw Damage(description: "\(file.path) is of two moments: take the backup again")
            }
            for record in page.records { sum.add(record) }
            try take(page)
            last = page
        }
        guard let last, sum == last.hash else {
            throw Damage(description: "\(file.path) is damaged: its records do not come to the hash it states")
        }
        return (last.index, last.hash)
    }

    /// A page's file: the page as it is stored and its chunks, each checked against its name.
    func read(_ page: PageReference, in file: URL) throws -> (page: [UInt8], chunks: [(ChunkID, [UInt8])]) {
        let data = try Data(contentsOf: file, options: .mappedIfSafe)
        let damage = Damage(description: "\(file.path) is damaged: remove it and take the backup again")
        guard data.count >= 4 else { throw damage }
        let count = data.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        guard data.count == 4 + count + Int(page.size) else { throw damage }
        let bytes = Array(data[4..<4 + count])
        let listed: ChunkPage
        do throws(PageError) { listed = try ChunkPage(bytes, named: page) } catch { throw damage }
        var (chunks, start): ([(ChunkID, [UInt8])], Int) = ([], 4 + count)
        for reference in listed.references {
            let chunk = Array(data[start..<start + Int(reference.size)])
            guard ChunkHash.matches(chunk, reference.id) else { throw damage }
            chunks.append((reference.id, chunk))
            start += Int(reference.size)
        }
        return (bytes, chunks)
    }

    /// Reads all of it and checks every hash. Returns what the manifest says.
    package func verify(_ progress: (_ done: Int, _ of: Int) -> Void) throws -> Manifest {
        let manifest = try manifest()
        var done = 0
        var seen: Set<ChunkID> = []
        let found = try readState(in: stateFile(manifest.stateHash)) { page in
            for page in try page.records.flatMap({ try Catalog.pages(namedBy: $0) })
            where seen.insert(page.id).inserted {
                _ = try read(page, in: file(of: page.id))
                done += 1
                progress(done, manifest.pages)
            }
        }
        guard found.hash.description == manifest.stateHash, done == manifest.pages else {
            throw Damage(
                description: "the state is not the one that backup.json was written for: take the backup again")
        }
        return manifest
    }
}
