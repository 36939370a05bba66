/// Every limit of the registry, in one place (`architecture.md` lists them with their reasons).
public struct Limits: Sendable {
    /// The limits in force.
    public static let standard = Limits()

    /// Characters of a project's, model's, alias's, site's or node's name: fits a DNS label and a file name.
    public let nameLength = 63
    /// Bytes of a file's path within a version: what common archive formats and file systems can hold.
    public let pathBytes = 1_024
    /// Bytes of one component of a path: the limit of ext4, XFS and APFS.
    public let pathComponentBytes = 255
    /// Files of one version: keeps a log entry under `commandBytes`.
    public let filesPerVersion = 10_000
    /// Bytes of one file: 8 TiB, the most whose chunk pages still fit in one command.
    public let fileBytes: UInt64 = 8 << 40
    /// Bytes of a version's metadata in canonical form.
    public let metadataBytes = 64 << 10
    /// Levels of nesting in metadata: recursion over it stays shallow.
    public let metadataDepth = 32
    /// Bytes of a description or message.
    public let textBytes = 4 << 10
    /// Tags of one version.
    public let tags = 64
    /// Bytes of a tag's key.
    public let tagKeyBytes = 128
    /// Bytes of a tag's value.
    public let tagValueBytes = 1_024
    /// Aliases of one model.
    public let aliases = 256
    /// Bytes of one command in the log: bounds what a peer must hold to receive one.
    public let commandBytes = 8 << 20
    /// Bytes of a JSON request body.
    public let requestBytes = 8 << 20
    /// Records of one page of a listing.
    public let pageRecords = 1_000
    /// Files that the versions of one page have together, beyond which the page ends: a version alone may have 10,000.
    public let filesPerPage = 10_000
    /// Records of a page when the client does not say.
    public let defaultPageRecords = 100
    /// Outcomes remembered for retries: the newest so many, whatever their age.
    public let rememberedOutcomes: UInt64 = 100_000
    /// Tokens of one principal.
    public let tokens: UInt64 = 100
    /// Tokens of the cluster that are looked through for one principal's.
    public let listedTokens = 100_000
    /// Stages of a lifecycle.
    public let stages = 16
    /// Transitions of a lifecycle.
    public let transitions = 64
    /// Gates of a transition.
    public let gates = 16
    /// Rules of a retention policy.
    public let retentionRules = 32
    /// Evaluations of a version.
    public let evaluations: UInt64 = 1_000
    /// Metrics of an evaluation.
    public let evaluatedMetrics = 256
    /// Things that a version's lineage names at registration, or one addition to it: each is a record of its own.
    public let lineageLinks = 256
    /// Bytes of a name or place in a lineage.
    public let lineageTextBytes = 1_024
    /// Additions to a version's lineage.
    public let lineageAdditions: UInt64 = 100
    /// Things in the answer to one question about lineage.
    public let lineageNodes = 1_000
    /// Steps from the thing asked about.
    public let lineageDepth = 64
    /// Deployments of one version.
    public let deployments = 1_000
    /// Versions beside each other in one comparison.
    public let comparedVersions = 20
    /// Files, values and tensors of each that a comparison of two versions lists; it counts all of them.
    public let differences = 1_000
    /// Chunk references of one page of a file: about 64 MiB of file for 36 KiB of page.
    public let referencesPerPage = 1_024
    /// Members of a cluster: quorums beyond a handful only slow it down.
    public let members = 64
    /// Files that an older project's versions may have together when it gets a quota: counting them stops every node for
    /// seconds.
    public let countedFiles = 1_000_000
    /// Characters of an idempotency key.
    public let idempotencyKeyLength = 255
}
