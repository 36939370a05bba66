public import Foundation
public import Models

/// Why a call failed, by what a caller would do differently.
public enum ClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No server answered within the deadline. Nothing is known of a write: repeat it.
    case notReachable(servers: [URL], reason: String)
    /// The registry refused, or could not serve before the deadline: act on the problem's code.
    case problem(Problem)
    /// The bytes of a file are not those it was announced with; `actual` is nil when the server found it out.
    case digestMismatch(path: String, expected: Digest, actual: Digest?)
    /// A local file or directory cannot be read or written.
    case fileSystem(path: String, reason: String)
    /// What shall be sent would be refused: nothing was sent.
    case invalidInput(String)
    /// A server answered what this client cannot understand.
    case invalidResponse(server: URL, reason: String)
    /// The client cannot be set up like this.
    case invalidConfiguration(String)
    /// The task that called was cancelled.
    case cancelled

    /// What happened, why, and what to do.
    public var description: String {
        switch self {
        case .notReachable(let servers, let reason):
            "No server can be reached: \(servers.map(\.absoluteString).joined(separator: ", ")). The last said: \(reason). "
                + "Check that the cluster runs, and the network."
        case .problem(let problem):
            problem.detail.isEmpty ? problem.title : problem.detail
        case .digestMismatch(let path, let expected, let actual?):
            "“\(path)” has SHA-256 \(actual), not \(expected). The bytes received were thrown away. Try again."
        case .digestMismatch(let path, let expected, nil):
            "“\(path)” no longer has SHA-256 \(expected): it changed while it was pushed. Push again when nothing writes to it."
        case .fileSystem(let path, let reason):
            "“\(path)”: \(reason)."
        case .invalidInput(let reason), .invalidConfiguration(let reason):
            reason
        case .invalidResponse(let server, let reason):
            "\(server.absoluteString) gave an answer that this client cannot use: \(reason). "
                + "Check that it is a Peerage server and as new as this client."
        case .cancelled:
            "Cancelled."
        }
    }

    /// The error as an RFC 9457 problem, for tools. `status` is 0 where no server gave one.
    package var asProblem: Problem {
        switch self {
        case .problem(let problem): problem
        case .notReachable: local("not-reachable", "Not reachable")
        case .digestMismatch: local("digest-mismatch", "Wrong bytes")
        case .fileSystem: local("file-system", "File system")
        case .invalidInput: local("invalid-input", "Invalid input")
        case .invalidResponse: local("invalid-response", "Invalid response")
        case .invalidConfiguration: local("invalid-configuration", "Invalid configuration")
        case .cancelled: local("cancelled", "Cancelled")
        }
    }

    private func local(_ code: String, _ title: String) -> Problem {
        Problem(code: code, title: title, status: 0, detail: description)
    }
}
