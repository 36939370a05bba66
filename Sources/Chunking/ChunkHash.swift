package import Models

/// How bytes get their names, and whether bytes are what a name says.
package enum ChunkHash {
    /// The Xet protocol's DATA_KEY: under it a chunk has the same name here as in every Xet client.
    static let chunkKey: [UInt8] = [
        102, 151, 245, 119, 91, 149, 80, 222, 49, 53, 203, 172, 165, 151, 24, 28,
        157, 228, 33, 16, 155, 235, 43, 88, 180, 208, 176, 75, 147, 173, 242, 41,
    ]

    /// The key of page names, Peerage's own: the plain BLAKE3 of `peerage page v1`. Under a key of their own, no chunk
    /// a user uploads can pass for a page, nor a page for a chunk, whatever bytes it holds.
    static let pageKey = BLAKE3.hash(Array("peerage page v1".utf8))

    /// Whether `bytes` are the chunk called `id`.
    package static func matches(_ bytes: [UInt8], _ id: ChunkID) -> Bool { ChunkID(ofChunk: bytes) == id }

    /// Whether `bytes` are the chunk or the page called `id`: names of the two never meet.
    package static func matchesChunkOrPage(_ bytes: [UInt8], _ id: ChunkID) -> Bool {
        matches(bytes, id) || ChunkPage.isPage(bytes, named: id)
    }

    /// Whether `bytes` are the chunk called `id`.
    package static func matches(_ bytes: UnsafeRawBufferPointer, _ id: ChunkID) -> Bool {
        ChunkID(ofChunk: bytes) == id
    }
}

extension ChunkID {
    /// The name of a chunk that holds `bytes`: Xet's chunk hash, keyed BLAKE3 under DATA_KEY.
    package init(ofChunk bytes: UnsafeRawBufferPointer) {
        self.init(bytes: BLAKE3.hash(bytes, key: ChunkHash.chunkKey))
    }

    /// The name of a chunk that holds `bytes`: Xet's chunk hash, keyed BLAKE3 under DATA_KEY.
    package init(ofChunk bytes: [UInt8]) { self.init(bytes: BLAKE3.hash(bytes, key: ChunkHash.chunkKey)) }

    /// The name of a page whose canonical bytes are `bytes`: keyed BLAKE3 under Peerage's page key.
    package init(ofPage bytes: [UInt8]) { self.init(bytes: BLAKE3.hash(bytes, key: ChunkHash.pageKey)) }
}
