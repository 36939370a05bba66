import Testing

@Suite("Sizes")
struct SizesTests {
    @Test("no file and no function is above its ceiling")
    func ceilings() {
        expectNone(Repository.swiftFiles.flatMap(Sizes.violations(in:)))
    }

    @Test("the check bites on a long file")
    func bitesOnFile() {
        let text = String(repeating: "let one = 1\n", count: Sizes.linesPerFile + 1)
        #expect(Sizes.violations(in: SourceFile(path: "Sources/A.swift", text: text)).count == 1)
    }

    @Test(
        "the check bites on a long function",
        arguments: ["func f()", "init?(a: Int)", "var a: Int", "subscript(a: Int) -> Int"])
    func bitesOnFunction(head: String) {
        let body = String(repeating: "    step(\"}\") // }\n", count: Sizes.linesPerFunction)
        let source = SourceFile(path: "Sources/A.swift", text: "struct A {\n\(head) {\n\(body)}\n}\n")
        #expect(Sizes.violations(in: source).map(\.line) == [2])
    }

    @Test("functions are measured from their first line to their closing brace")
    func functionsAreMeasured() {
        let text = """
            protocol P {
                func required()
                var stored: Int { get }
                init(a: Int)
            }
            struct A {
                var stored = [1].map { $0 }
                static func == (left: A, right: A) -> Bool {
                    left.stored == right.stored
                }
                init(
                    closure: () -> Void = {}
                ) {
                    self.init(stored: [])
                }
            }
            """
        let functions = Sizes.functions(in: SourceFile(path: "A.swift", text: text))
        #expect(
            functions == [
                Sizes.Function(name: "stored", start: 2, lines: 1), Sizes.Function(name: "=", start: 7, lines: 3),
                Sizes.Function(name: "init", start: 10, lines: 5),
            ])
    }
}
