import Glibc
package import Storage

/// The directory a node keeps everything in.
package enum DataDirectory {
    /// Bytes left to this user and bytes in all of the file system that holds `path`; nil when it does not tell.
    package static func space(at path: String) -> (free: UInt64, total: UInt64)? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return (UInt64(status.f_bavail) * UInt64(status.f_frsize), UInt64(status.f_blocks) * UInt64(status.f_frsize))
    }

    /// Creates `path` and its parents where they are missing, readable by this user only.
    package static func create(at path: String) throws(StorageError) {
        var prefix = path.hasPrefix("/") ? "/" : ""
        for component in path.split(separator: "/") {
            prefix += prefix.isEmpty || prefix.hasSuffix("/") ? String(component) : "/" + component
            if mkdir(prefix, 0o700) != 0, errno != EEXIST {
                throw .failed("\(prefix) cannot be created: \(String(cString: strerror(errno)))")
            }
        }
    }
}
