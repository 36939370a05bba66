import Foundation
import Models
import PeerageClient

/// What a command may look at outside of its arguments; a value, so that tests choose it.
struct Surroundings: Sendable {
    /// The environment.
    let variables: [String: String]
    /// Where relative paths begin and the search for a context does.
    let currentDirectory: URL

    /// Those of this process.
    static var process: Surroundings {
        let path = FileManager.default.currentDirectoryPath
        return Surroundings(
            variables: ProcessInfo.processInfo.environment,
            currentDirectory: URL(filePath: path, directoryHint: .isDirectory))
    }

    /// The value of a variable; nil when it is empty too.
    subscript(name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
}

/// How a command finds its cluster.
enum Connection {
    /// Servers, token and authorities, each from the first place that has it: option, environment, context.
    static func configuration(
        servers option: String?, in surroundings: Surroundings
    ) throws(ClientError) -> ClientConfiguration {
        let named = option ?? surroundings["PEERAGE_SERVER"]
        let isComplete = named != nil && surroundings["PEERAGE_TOKEN"] != nil && surroundings["PEERAGE_CA"] != nil
        let context = isComplete ? nil : try ClusterContext.find(in: surroundings)
        guard let servers = named.map({ list($0) }) ?? context?.serverList else {
            throw .invalidConfiguration(
                "No cluster is known here. Name a server with --server or PEERAGE_SERVER, or run cluster/up or peerage serve."
            )
        }
        return ClientConfiguration(
            servers: try urls(servers), token: surroundings["PEERAGE_TOKEN"] ?? context?.token,
            certificateAuthority: authority(surroundings) ?? context?.authority)
    }

    /// The parts between commas.
    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    private static func urls(_ texts: [String]) throws(ClientError) -> [URL] {
        var urls: [URL] = []
        for text in texts {
            guard let url = URL(string: text.contains("://") ? text : "https://\(text)") else {
                throw .invalidConfiguration("“\(PrintableText.line(text))” is not a URL. Write https://HOST:PORT.")
            }
            urls.append(url)
        }
        return urls
    }

    private static func authority(_ surroundings: Surroundings) -> URL? {
        surroundings["PEERAGE_CA"].map { URL(filePath: $0, relativeTo: surroundings.currentDirectory).absoluteURL }
    }
}
