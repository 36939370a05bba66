import CMalloc

/// Settings of the C library's allocator, which the store and TLS share with everything else.
///
/// Left alone, glibc gives each thread an arena of its own and moves ever larger blocks into them, where they stay:
/// after a large upload a node held 380 MB, of which it used 120, and a client 350.
package enum Allocator {
    /// Makes large blocks go back to the system when they are freed. Called once, before any thread is started.
    package static func configure() {
        // The blocks of a memtable are 8 MB, pieces of an upload 1 MB.
        mallopt(M_MMAP_THRESHOLD, 1 << 20)
        mallopt(M_ARENA_MAX, 2)
    }
}
