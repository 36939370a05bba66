import ArgumentParser
import Models
import PeerageClient

/// What the process tells its caller.
enum ExitStatus: Int32, Sendable {
    /// Done.
    case done = 0
    /// Refused by the registry, or failed here.
    case failed = 1
    /// The command cannot be understood, or not set up like this.
    case wrongUsage = 2
    /// No server answered.
    case notReachable = 3

    /// The status for an error of the SDK.
    init(_ error: ClientError) {
        switch error {
        case .notReachable: self = .notReachable
        case .invalidConfiguration: self = .wrongUsage
        case .problem, .digestMismatch, .fileSystem, .invalidInput, .invalidResponse, .cancelled: self = .failed
        }
    }
}

/// How a command ended that threw: also help and version end by throwing.
struct Ending {
    let status: ExitStatus
    /// For people.
    let text: String
    /// For tools.
    let problem: Problem
    /// A status some command chose itself.
    private let chosenCode: Int32?

    /// The ending that `error` means.
    init(_ error: any Error) {
        if let error = error as? ClientError {
            status = ExitStatus(error)
            problem = error.asProblem
            text = "Error: \(PrintableText.lines(error.description))\(Self.advice(for: error))"
            chosenCode = nil
            return
        }
        let code = PeerageCommand.exitCode(for: error)
        let message = PeerageCommand.message(for: error)
        switch code {
        case .success: status = .done
        case .validationFailure: status = .wrongUsage
        default: status = .failed
        }
        chosenCode = error is ExitCode ? code.rawValue : nil
        text = PeerageCommand.fullMessage(for: error)
        problem =
            status == .wrongUsage
            ? Problem(code: "wrong-usage", title: "Wrong usage", status: 0, detail: message)
            : Problem(code: "failed", title: "Failed", status: 0, detail: message)
    }

    /// The exit status as a number.
    var code: Int32 { chosenCode ?? status.rawValue }

    /// The problem as one JSON document; help stays text.
    var json: String { status == .done || text.isEmpty ? text : Output.json(problem) }

    private static func advice(for error: ClientError) -> String {
        guard case .problem(let problem) = error, problem.status == 401 else { return "" }
        return "\nThe token is that of PEERAGE_TOKEN, else of the context file that cluster/up wrote."
    }
}
