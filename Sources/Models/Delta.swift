/// A file as its difference from files of versions: the body of an upload of the type `Delta.mediaType`.
///
/// The length of the header in 4 bytes, the header in JSON, then instructions in the order of the file. Integers are
/// big-endian.
///
///     1 │ how many bytes follow: 4 │ the bytes
///     2 │ which source: 4 │ from which of its bytes: 8 │ how many of them: 8
///
/// A file whose upload broke off can be gone on with: the header says how many of its bytes came before
/// (`ReceivedBytes`).
///
/// The digest of the whole file is checked as if all of it had come, so a delta needs no more trust than the bytes do.
package enum Delta {
    /// The type of such a body.
    package static let mediaType = "application/vnd.peerage.delta"
    /// The first byte of an instruction: bytes follow.
    package static let bytesCode: UInt8 = 1
    /// The first byte of an instruction: bytes of a source.
    package static let copyCode: UInt8 = 2
    /// Bytes of an instruction before the bytes that follow it.
    package static let bytesInstructionSize = 5
    /// Bytes of an instruction to copy.
    package static let copyInstructionSize = 21

    /// What precedes the instructions.
    package struct Header: Codable, Hashable, Sendable {
        /// Bytes of the file.
        package let size: UInt64
        /// Files that bytes are copied from; instructions count them from 0.
        package let sources: [Source]
        /// How many bytes of the file's start came before and are not sent again: the instructions make the rest. nil for
        /// none.
        package let received: UInt64?

        /// The header of a file of `size` bytes.
        package init(size: UInt64, sources: [Source], received: UInt64? = nil) {
            self.size = size
            self.sources = sources
            self.received = received
        }
    }

    /// A file of a version that the sender may read.
    package struct Source: Codable, Hashable, Sendable {
        /// The project.
        package let project: ProjectName
        /// The model.
        package let model: ModelName
        /// The version's number.
        package let version: UInt64
        /// Where the file lies in the version.
        package let path: FilePath

        /// The file at `path` of a version.
        package init(project: ProjectName, model: ModelName, version: UInt64, path: FilePath) {
            self.project = project
            self.model = model
            self.version = version
            self.path = path
        }
    }
}
