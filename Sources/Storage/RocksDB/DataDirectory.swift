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
}
