import Testing

@Suite("Bans")
struct BanTests {
    @Test("nothing banned is written", arguments: Ban.all)
    func nothingBanned(ban: Ban) {
        expectNone(Repository.swiftFiles.flatMap(ban.violations(in:)))
    }

    @Test("each ban bites", arguments: Ban.all.flatMap { ban in BanTests.bad(for: ban).map { (ban, $0) } })
    func bites(ban: Ban, text: String) {
        let path = ban.name == Ban.sleepsInTests.name ? "Tests/A.swift" : "Sources/Models/A.swift"
        #expect(!ban.violations(in: SourceFile(path: path, text: text)).isEmpty)
    }

    @Test("every ban has samples that it must bite on", arguments: Ban.all)
    func hasSamples(ban: Ban) {
        #expect(!BanTests.bad(for: ban).isEmpty)
    }

    @Test("no ban is misled by comments, strings and words that only look alike", arguments: Ban.all)
    func passes(ban: Ban) {
        let text = """
            // It used to say try! and try? and fatalError(, and to sleep(1).
            let text = "try! \\(count(\"catch {}\")) fatalError( print("
            let raw = #"try? " sleep("#
            // Probe: a file that is not there is an answer, too.
            let content = try? read()
            let again = try? read()
            do { try read() } catch { note(error) }
            struct Database {} // not a base
            // Guarded by `lock`.
            nonisolated(unsafe) var count = 0
            final class Page: @unchecked Sendable {} // immutable after init
            log.print("it")
            let sleeper = Sleeper()
            """
        for path in ["Sources/Models/A.swift", "Tests/A.swift"] {
            #expect(ban.violations(in: SourceFile(path: path, text: text)) == [])
        }
    }

    private static func bad(for ban: Ban) -> [String] {
        switch ban.name {
        case Ban.forcedTry.name: ["let a = try! b()", "let text = \"\\(try! b())\""]
        case Ban.hidingTry.name: ["let a = try? b()", "// Probe: here\n\n\n\nlet a = try? b()"]
        case Ban.fatalErrors.name: ["fatalError()", "Swift.fatalError(\"no\")"]
        case Ban.emptyCatch.name: ["do { try a() } catch {}", "catch let error as A {\n    // nothing to do\n}"]
        case Ban.reminders.name: ["// TODO: later", "/* FIXME */", "let a = 1 // XXX"]
        case Ban.sleepsInTests.name: ["try await Task.sleep(for: .seconds(1))", "usleep(10)", "clock.sleep(1)"]
        case Ban.unexplainedSharing.name:
            ["final class A: @unchecked Sendable {}", "let b = 1\nnonisolated(unsafe) var a = 1"]
        case Ban.vagueTypeNames.name: ["struct StoreManager {}", "typealias HTTPUtil = Int", "class BaseNode {}"]
        case Ban.printing.name: ["print(1)", "if a { Swift.dump(a); print (a) }"]
        default: []
        }
    }
}
