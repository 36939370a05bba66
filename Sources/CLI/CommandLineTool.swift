import ArgumentParser
import Glibc
import Models
import Node
import PeerageClient

/// The command line: server, operator and user commands in one binary.
///
/// User and operator commands are thin: they read arguments, call the SDK and print. What they print on standard output
/// is an answer, once, as text or (`--json`) as one JSON document; errors and progress go to standard error. Scripts
/// rely on the exit status: see `ExitStatus`. Why commands do not talk to the store of a local node: what an operator
/// sees must be what every client sees.
package enum CommandLineTool {
    /// Runs the command of this process's arguments and ends the process.
    package static func main() async -> Never {
        Allocator.configure()
        exit(await run(Array(CommandLine.arguments.dropFirst())))
    }

    /// Runs the command that `arguments` describe, without the program's name; gives the exit status.
    package static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try PeerageCommand.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return ExitStatus.done.rawValue
        } catch {
            let ending = Ending(error)
            let text = arguments.contains("--json") ? ending.json : ending.text
            if !text.isEmpty { StandardStream.write(text + "\n", to: ending.status == .done ? .output : .error) }
            return ending.code
        }
    }
}

/// A standard stream of the process.
enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2

    /// Writes text at once. An answer that cannot be written ends the process as failed: a script must not take what
    /// there is for all of it.
    static func write(_ text: String, to stream: StandardStream) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(stream.rawValue, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                guard stream == .output else { return }
                write("Error: the answer cannot be written: \(String(cString: strerror(errno)))\n", to: .error)
                exit(ExitStatus.failed.rawValue)
            }
            rest = rest.dropFirst(count)
        }
    }
}
