// Chunking: from bytes to names and back.
//
// Purpose. A file is cut where its content says so, each chunk is named by a hash of its bytes, and pages list the
// chunks in order. Boundaries and chunk names are those of the public Xet protocol, so a chunk that a Hugging Face
// client knows has the same name here. The same file gives the same chunks, pages and SHA-256 on every node and in
// every client.
//
// What it does not do. It neither stores nor sends, compresses nor splits byte planes, and knows no files or sockets:
// callers feed slices and take what comes out. It does not build Xet's xorbs, shards or Merkle file hashes.
//
// Invariants.
// - The cuts do not depend on how the bytes were sliced on their way in.
// - A chunk has 1 byte to 128 KiB; only the last of a file may have fewer than 8 KiB.
// - A page has 1 to `Limits.referencesPerPage` references; all pages of a file but the last are full.
// - Memory is constant: one chunk, one page of references and 40 bytes a page of the file.
// - A chunk's name is never a page's name, even for equal bytes: the two are hashed under different keys.
//
// Why not fixed sizes: one inserted byte would change every chunk behind it. Why not cuts at tensor boundaries: it
// gains about one point of deduplication and loses the shared names. Why not a 256 KiB target: the protocol says 64.
