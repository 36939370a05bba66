import Foundation
import Testing

/// Every scenario file of `Transcripts` is carried out anew and must give what is written down. `PEERAGE_REWRITE=1`
/// writes it down instead: read the difference before you commit it.
@Suite("Transcripts")
struct TranscriptTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Transcripts")
    private static let names = (FileManager.default.subpaths(atPath: folder.path) ?? []).sorted()

    @Test("members do what is written down", arguments: names)
    func replays(name: String) throws {
        let file = Self.folder.appending(path: name)
        let text = try String(contentsOf: file, encoding: .utf8)
        let replayed = try Transcript(text).replayed()
        guard ProcessInfo.processInfo.environment["PEERAGE_REWRITE"] == nil else {
            return try replayed.write(to: file, atomically: true, encoding: .utf8)
        }
        let (was, became) = (text.split(separator: "\n"), replayed.split(separator: "\n"))
        guard was != became else { return }
        let place = zip(was, became).enumerated().first { $1.0 != $1.1 }?.offset ?? min(was.count, became.count)
        let (expected, found) = (was.dropFirst(place).first ?? "its end", became.dropFirst(place).first ?? "its end")
        Issue.record("\(name), line \(place + 1) without the empty ones: “\(expected)” is now “\(found)”")
    }

    @Test("there is one for each scenario that the core alone can show", arguments: (1...18).filter { $0 != 15 })
    func isThere(scenario: Int) {
        let prefix = "scenario-\(scenario < 10 ? "0" : "")\(scenario)-"
        #expect(Self.names.contains { $0.hasPrefix(prefix) })
    }
}
