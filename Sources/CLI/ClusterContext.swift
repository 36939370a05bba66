import Foundation
import PeerageClient

/// The file that `cluster/up` writes so that commands find the cluster without being told.
struct ClusterContext: Sendable {
    /// URL of each site's node, by the site's name.
    let servers: [String: String]
    /// The administrator's token.
    let token: String?
    /// The cluster's certificate authority.
    let authority: URL?

    /// Where `cluster/up` writes the file, below the project's directory, and `peerage serve` alone, below its own.
    static let relativePaths = ["cluster/.state/context.json", "peerage-data/context.json"]

    private struct Content: Decodable {
        let servers: [String: String]
        let token: String?
        let ca: String?
    }

    /// The URLs in the order of their sites' names.
    var serverList: [String] { servers.sorted { $0.key < $1.key }.map(\.value) }

    /// The context named by `PEERAGE_CONTEXT`, else the one in the current directory or the nearest above; nil when
    /// there is none.
    static func find(in surroundings: Surroundings) throws(ClientError) -> ClusterContext? {
        if let named = surroundings["PEERAGE_CONTEXT"] {
            let file = URL(filePath: named, relativeTo: surroundings.currentDirectory)
            return try ClusterContext(reading: file.absoluteURL)
        }
        var directory = surroundings.currentDirectory.standardizedFileURL
        while true {
            for path in relativePaths {
                let file = directory.appending(path: path)
                if FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) {
                    try checkOwner(of: file)
                    return try ClusterContext(reading: file)
                }
            }
            let parent = directory.deletingLastPathComponent().standardizedFileURL
            guard parent.path(percentEncoded: false) != directory.path(percentEncoded: false), directory.path() != "/"
            else { return nil }
            directory = parent
        }
    }

    /// Reads the file; a relative `ca` is meant from its directory.
    init(reading file: URL) throws(ClientError) {
        let path = file.path(percentEncoded: false)
        do {
            let content = try JSONDecoder().decode(Content.self, from: Data(contentsOf: file))
            servers = content.servers
            token = content.token
            authority = content.ca.map {
                URL(filePath: $0, relativeTo: file.deletingLastPathComponent()).absoluteURL
            }
        } catch is DecodingError {
            throw .invalidConfiguration("The context file “\(path)” is not as cluster/up writes it. Run that again.")
        } catch {
            throw .invalidConfiguration("The context file “\(path)” cannot be read: \(error.localizedDescription)")
        }
    }

    /// A file that was merely found says where the token goes: in a directory that others may write to it could be
    /// anybody's.
    private static func checkOwner(of file: URL) throws(ClientError) {
        let path = file.path(percentEncoded: false)
        var status = stat()
        guard stat(path, &status) == 0 else { throw .fileSystem(path: path, reason: String(cString: strerror(errno))) }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw .invalidConfiguration(
                "The context file “\(path)” belongs to another user. To trust it, name it in PEERAGE_CONTEXT.")
        }
    }
}
