/// How much of a file that can hold code is looked at. What goes beyond ends in a verdict that is not `safe`.
package struct InspectionLimits: Sendable {
    /// The limits in force.
    package static let standard = InspectionLimits()

    // Reading.

    /// Bytes read or inflated at once: larger gains nothing.
    package var chunkBytes = 256 << 10
    /// Bytes looked at to tell what a member is: a header of an array and the imports of a small pickle fit.
    package var headBytes = 64 << 10
    /// Bytes inflated for one file: a minute of work. Pickles are smaller, for tensors lie beside them.
    package var inflatedBytes: UInt64 = 16 << 30

    // Pickles.

    /// Instructions of one file: half a minute of work. A state dictionary has 30 a tensor, the largest vocabularies a
    /// few million.
    package var opcodes = 200_000_000
    /// Numbers of the memo. Each costs 25 bytes here, so that a file costs 50 MB at most.
    package var memoEntries = 2_000_000
    /// Bytes of texts in the memo that do not fit a value of 16 bytes.
    package var memoTextBytes = 64 << 20
    /// Values on the stack: Python writes lists in portions of 1,000, but a tuple whole.
    package var stackDepth = 1_000_000
    /// Bytes of a text that is kept, as the name of an import may be. The longest modules known have 100.
    package var textBytes = 256
    /// Bytes of a line of protocol 0 that is read; of a longer one nothing is kept.
    package var lineBytes = 4_096
    /// Different imports remembered. A model with all its classes has a few hundred.
    package var imports = 10_000
    /// Pickles one after the other in a file. An old file of PyTorch has five.
    package var pickles = 10_000
    /// Items of a tuple that are kept: the state of an array's type has nine.
    package var keptItems = 16

    // Archives.

    /// Members of an archive. The largest models have 50,000 storages.
    package var members = 200_000
    /// Bytes of a zip's directory: 200,000 members with long names.
    package var directoryBytes: UInt64 = 64 << 20
    /// Bytes of a member's name: what common file systems hold.
    package var nameBytes = 4_096
    /// How often larger the members may be than the archive. Weights shrink by half, but empty ones by a thousand.
    package var expansion: UInt64 = 200
    /// Bytes that members may have whatever the archive has: an unpacked gigabyte harms nobody.
    package var harmlessBytes: UInt64 = 1 << 30
    /// Bytes of one extended header of a tar: it holds names and times.
    package var extendedHeaderBytes: UInt64 = 1 << 20
    /// Bytes of names that a tar may have: they are kept to find duplicates.
    package var archiveNameBytes = 64 << 20

    // Keras.

    /// Bytes of `config.json`. A large model has a few megabytes.
    package var configurationBytes = 64 << 20
    /// Objects and arrays within each other. A nested model takes ten.
    package var configurationDepth = 256
    /// Bytes of an HDF5 file in which a configuration is looked for, from each of its ends.
    package var searchedBytes: UInt64 = 64 << 20
}
