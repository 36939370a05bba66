import Foundation

/// A Markdown page: its relative links lead somewhere.
struct Page {
    let path: String
    let text: String

    /// Links to files that do not exist. `exists` takes a path below the repository.
    func brokenLinks(exists: (String) -> Bool) -> [Violation] {
        links.compactMap { line, target in
            guard let file = file(of: target) else { return nil }
            guard file.hasPrefix("..") || !exists(file) else { return nil }
            return Violation(path: path, line: line, message: "the link to \(target) leads nowhere")
        }
    }

    /// Targets of `[text](target)` and `[text]: target`, outside code.
    private var links: [(line: Int, target: String)] {
        var found: [(Int, String)] = []
        var isCode = false
        for (index, line) in text.components(separatedBy: "\n").enumerated() {
            if line.drop(while: { $0 == " " }).hasPrefix("```") { isCode.toggle() }
            guard !isCode else { continue }
            let prose = line.replacing(/`[^`]*`/, with: "")
            for match in prose.matches(of: /\]\(\s*<?([^)\s>]+)>?[^)]*\)/) {
                found.append((index + 1, String(match.1)))
            }
            if let match = prose.firstMatch(of: /^\s*\[[^\]]+\]:\s+<?(\S+?)>?$/) {
                found.append((index + 1, String(match.1)))
            }
        }
        return found
    }

    /// The file a target names, below the repository; nil for other sites and for places on this page.
    private func file(of target: String) -> String? {
        guard target.firstMatch(of: /^[a-zA-Z][a-zA-Z0-9+.-]*:/) == nil, !target.hasPrefix("#") else { return nil }
        let written = target.prefix { $0 != "#" && $0 != "?" }
        let relative = written.removingPercentEncoding ?? String(written)
        if relative.hasPrefix("/") { return String(relative.dropFirst()) }
        var components = path.split(separator: "/").dropLast().map(String.init)
        for component in relative.split(separator: "/") where component != "." {
            if component == "..", let last = components.last, last != ".." {
                components.removeLast()
            } else {
                components.append(String(component))
            }
        }
        return components.joined(separator: "/")
    }
}

/// Places of a workplace, which a reader of the repository does not have.
enum Workplace {
    static func violations(inTextOf path: String, _ text: String) -> [Violation] {
        guard text.contains("/") else { return [] }
        return text.components(separatedBy: "\n").enumerated().compactMap { index, line in
            guard line.firstMatch(of: /(?:^|[^\w.\/~}-])\/(?:work|farm)\//) != nil else { return nil }
            return Violation(path: path, line: index + 1, message: "it names a path of a workplace")
        }
    }
}
