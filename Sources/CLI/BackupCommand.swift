import ArgumentParser
import Models
import Node
import PeerageClient

/// `peerage backup`.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Keep a cluster's state and bytes in a directory; again in the same one, what is new.",
        discussion: """
            The state is of one moment, by whichever node answers; every byte is checked against the hash that names it. A \
            backup that was cut off goes on where it stopped. It holds everything the cluster does: keep it as you keep the \
            cluster's disks.
            """)

    @Argument(help: ArgumentHelp("Where to keep it.", valueName: "directory"))
    var directory: String

    @Flag(help: "Only read what is there and check every hash.")
    var verify = false

    @OptionGroup var options: SharedOptions

    func run() async throws {
        let backup = BackupDirectory(path: directory)
        let output = Output(asJSON: options.json)
        let manifest: BackupDirectory.Manifest
        if verify {
            manifest = try backup.verify(PageCount.show)
        } else {
            let configuration = try Connection.configuration(servers: options.servers, in: .process)
            let client = try PeerageClient(configuration)
            let result: Result<BackupDirectory.Manifest, any Error>
            do {
                let cluster = try await client.clusterStatus().cluster
                result = .success(
                    try await backup.take(
                        from: client, cluster: cluster, now: Node.now(),
                        progress: PageCount.show))
            } catch {
                result = .failure(error)
            }
            try await client.shutdown()
            manifest = try result.get()
        }
        output.show(
            manifest,
            text: """
                \(directory): cluster \(manifest.cluster) through entry \(manifest.index), \(manifest.bytes) bytes of files in \
                \(manifest.pages) pages\(verify ? ": every hash is right" : "")
                """)
    }
}
