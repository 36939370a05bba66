import Glibc
package import Storage

/// The directory a node keeps everything in.
package enum DataDirectory {
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

    /// Bytes that this process may still write to the file system of `path`.
    package static func freeBytes(at path: String) throws(StorageError) -> UInt64 {
        var statistics = statvfs()
        guard statvfs(path, &statistics) == 0 else {
            throw .failed("the space left at \(path) is unknown: \(String(cString: strerror(errno)))")
        }
        return UInt64(statistics.f_bavail) * UInt64(statistics.f_frsize)
    }
}
