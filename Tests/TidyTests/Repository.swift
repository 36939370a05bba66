import Foundation

/// The files of the repository that a check may look at.
enum Repository {
    /// Found through this file's own path; links are followed, because tests may run from a tree of links.
    static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Paths below the root, in order. What git ignores is left out: `.git`, build products, caches, the state of a
    /// cluster.
    static let paths: [String] = {
        var found: [String] = []
        collect("", into: &found)
        return found.sorted()
    }()

    /// The Swift sources of `Sources` and `Tests`, but for what is made of `.proto` files.
    static let swiftFiles: [SourceFile] = paths.compactMap { path in
        guard path.hasSuffix(".swift"), path.hasPrefix("Sources/") || path.hasPrefix("Tests/"),
            !path.hasSuffix(".pb.swift")
        else { return nil }
        return text(of: path).map { SourceFile(path: path, text: $0) }
    }

    /// The text of a file; nil for what is not UTF-8.
    static func text(of path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: root.appending(path: path).path) else { return nil }
        return String(data: data, encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    private static func collect(_ folder: String, into found: inout [String]) {
        let directory = root.appending(path: folder).path
        // Probe: another process may remove a folder while this walk is on its way.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [] {
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            guard !isIgnored(name) else { continue }
            var isDirectory: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: root.appending(path: path).path, isDirectory: &isDirectory)
            if isDirectory.boolValue {
                collect(path, into: &found)
            } else {
                found.append(path)
            }
        }
    }

    private static func isIgnored(_ name: String) -> Bool {
        [".git", ".state", "__pycache__", ".pytest_cache", "Package.resolved"].contains(name)
            || name.hasPrefix(".build")
    }
}
