import Foundation
import Glibc

/// A process under measurement, and what it used so far by the kernel's word.
final class BenchProcess {
    private let process = Process()
    private let log: URL

    /// Starts `executable`; what it prints goes to `log`.
    init(_ executable: URL, _ arguments: [String], log: URL) throws {
        self.log = log
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        process.executableURL = executable
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    /// Runs `executable` to its end; throws unless it exits 0.
    static func run(_ executable: URL, _ arguments: [String], log: URL) throws {
        let process = try BenchProcess(executable, arguments, log: log)
        process.process.waitUntilExit()
        guard process.process.terminationStatus == 0 else {
            throw BenchFailure("\(executable.lastPathComponent) \(arguments.joined(separator: " ")): see \(log.path)")
        }
    }

    var identifier: Int32 { process.processIdentifier }

    var isRunning: Bool { process.isRunning }

    /// SIGTERM, and the end awaited.
    func terminate() {
        process.terminate()
        process.waitUntilExit()
    }

    /// SIGKILL, and the end awaited.
    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// SIGKILL to it and to the processes that it started and that are of its group, and its end awaited.
    func killGroup() {
        if Glibc.kill(-process.processIdentifier, SIGKILL) != 0 {
            Glibc.kill(process.processIdentifier, SIGKILL)
        }
        process.waitUntilExit()
    }

    /// Resident memory now and at most so far, in bytes.
    var memory: (now: Double, most: Double) {
        (status("VmRSS:") * 1_024, status("VmHWM:") * 1_024)
    }

    /// Bytes that it had written to disks so far.
    var bytesWritten: Double {
        let lines = Self.read("/proc/\(process.processIdentifier)/io").split(separator: "\n")
        let line = lines.first { $0.hasPrefix("write_bytes:") }
        return line?.split(separator: " ").last.flatMap { Double($0) } ?? 0
    }

    /// Seconds of processor time so far.
    var processorSeconds: Double { Self.processorSeconds(of: process.processIdentifier) }

    /// Seconds of processor time that process `id` used so far.
    static func processorSeconds(of id: Int32) -> Double {
        // The command's name, in parentheses, may hold spaces: fields are counted from behind it.
        let text = read("/proc/\(id)/stat")
        guard let end = text.lastIndex(of: ")") else { return 0 }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The last lines it printed.
    var lastWords: String {
        do {
            return try String(contentsOf: log, encoding: .utf8).split(separator: "\n").suffix(20).joined(
                separator: "\n")
        } catch {
            return "\(log.path) cannot be read: \(error)"
        }
    }

    /// Resident memory of this process, in bytes.
    static var ownMemory: Double { status("VmRSS:", of: "self") * 1_024 }

    private func status(_ name: String) -> Double { Self.status(name, of: "\(process.processIdentifier)") }

    private static func status(_ name: String, of process: String) -> Double {
        let lines = read("/proc/\(process)/status").split(separator: "\n")
        let line = lines.first { $0.hasPrefix(name) }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } ?? 0
    }

    /// Empty when the process is gone.
    private static func read(_ path: String) -> String {
        do { return try String(contentsOfFile: path, encoding: .utf8) } catch { return "" }
    }
}

/// Ports of loopback that are free now.
func freePorts(_ count: Int) throws -> [Int] {
    var sockets: [Int32] = []
    defer { for socket in sockets { close(socket) } }
    return try (0..<count).map { _ in
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        sockets.append(descriptor)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) == 0 ? getsockname(descriptor, address, &size) : -1
            }
        }
        guard result == 0 else { throw BenchFailure("no free port: \(String(cString: strerror(errno)))") }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
