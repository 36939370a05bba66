import Crypto
import Foundation
import Models
import PeerageClient

/// Remembers the newest index of the log from one command to the next, so that `peerage show` sees what `peerage push`
/// did a moment ago at another site.
///
/// One small file a cluster and token, in `$XDG_STATE_HOME/peerage` (or `~/.local/state/peerage`). A cluster is known
/// by its authority: one that was made anew under the same addresses begins at 1 again. Losing the file loses nothing
/// but the guarantee, so what goes wrong with it is not an error.
struct SessionMemory {
    private let file: URL?

    init(of configuration: ClientConfiguration, in surroundings: Surroundings) {
        let home = surroundings["HOME"].map { URL(filePath: $0).appending(path: ".local/state") }
        guard let token = configuration.token,
            let state = surroundings["XDG_STATE_HOME"].map({ URL(filePath: $0) }) ?? home
        else {
            file = nil
            return
        }
        // Probe: without an authority that can be read the client fails by itself, and says why.
        let authority = configuration.certificateAuthority.flatMap { try? Data(contentsOf: $0) } ?? Data()
        var hash = SHA256()
        hash.update(data: authority)
        hash.update(data: Data(token.utf8))
        let name = hash.finalize().prefix(16).map { String(format: "%02x", $0) }.joined()
        file = state.appending(path: "peerage/\(name).index")
    }

    /// The newest index seen; 0 when nothing is remembered.
    var index: UInt64 {
        // Probe: the first command finds no file.
        guard let file, let text = try? String(contentsOf: file, encoding: .utf8) else { return 0 }
        return UInt64(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    /// Keeps `index` unless a newer one is kept.
    func remember(_ index: UInt64) {
        guard let file, index > self.index else { return }
        let folder = file.deletingLastPathComponent()
        // Probe: a home that cannot be written to is no reason to fail.
        try? FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try? Data("\(index)\n".utf8).write(to: file, options: .atomic)
    }
}
