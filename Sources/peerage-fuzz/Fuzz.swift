import Foundation
import Synchronization

/// `peerage-fuzz PARSER FILE…` reads files as the server would: each must come to an end. Built with libFuzzer
/// (`Tests/fuzz/run`), `peerage-fuzz PARSER FOLDER [-options]` searches for one that does not.
@main
struct Fuzz {
    private static let variable = "PEERAGE_FUZZ_PARSER"

    static func main() async throws {
        var arguments = CommandLine.arguments
        let named = arguments.count > 1 ? Parser(rawValue: arguments[1]) : nil
        if named != nil { arguments.remove(at: 1) }
        // Where libFuzzer starts the program anew, it knows of no other arguments than its own.
        guard let parser = named ?? ProcessInfo.processInfo.environment[variable].flatMap({ Parser(rawValue: $0) })
        else {
            let names = Parser.allCases.map(\.rawValue).joined(separator: " ")
            FileHandle.standardError.write(
                Data("peerage-fuzz PARSER FILE…, with one of these parsers: \(names)\n".utf8))
            exit(64)
        }
        #if FUZZING
            setenv(variable, parser.rawValue, 1)
            search(parser, arguments)
        #else
            for path in arguments.dropFirst() { await parser.read(Array(try Data(contentsOf: URL(filePath: path)))) }
            print("\(arguments.count - 1) files")
        #endif
    }
}

#if FUZZING
    /// What is fuzzed: libFuzzer calls a function that knows nothing else.
    private let fuzzed = Mutex(Parser.pickle)

    /// https://llvm.org/docs/LibFuzzer.html#using-libfuzzer-as-a-library
    @_silgen_name("LLVMFuzzerRunDriver")
    private func runDriver(
        _ count: UnsafeMutablePointer<CInt>,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
        _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
    ) -> CInt

    private func search(_ parser: Parser, _ arguments: [String]) -> Never {
        fuzzed.withLock { $0 = parser }
        var count = CInt(arguments.count)
        let texts = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: arguments.count + 1)
        for (position, argument) in arguments.enumerated() { texts[position] = strdup(argument) }
        texts[arguments.count] = nil
        var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = texts
        exit(
            runDriver(&count, &list) { bytes, count in
                let bytes = Array(UnsafeBufferPointer(start: bytes, count: count))
                let parser = fuzzed.withLock { $0 }
                let done = DispatchSemaphore(value: 0)
                // Nothing waits in it: memory is read at once.
                Task {
                    await parser.read(bytes)
                    done.signal()
                }
                done.wait()
                return 0
            })
    }
#endif
