import Testing

@Suite("Documentation")
struct DocumentationTests {
    @Test("nearly every public and package declaration has a doc comment")
    func declarationsAreDocumented() {
        let declarations = Repository.swiftFiles.filter { $0.path.hasPrefix("Sources/") }
            .flatMap(Documentation.declarations(in:))
        #expect(!declarations.isEmpty)
        guard Documentation.percent(of: declarations) < Documentation.requiredPercent else { return }
        expectNone(declarations.filter { !$0.isDocumented }.map(\.place))
    }

    @Test(
        "the check bites",
        arguments: [
            "public struct A {}", "    package func run(a: Int) {}", "// plain\npublic let a = 1",
            "@frozen public enum A {}", "public private(set) var a: Int", "package static func make() -> A {}",
            "package init(text: String) {}", "public class func make() {}", "public indirect enum A {}",
        ])
    func bites(text: String) {
        let declarations = Documentation.declarations(in: SourceFile(path: "A.swift", text: text))
        #expect(declarations.map(\.isDocumented) == [false])
    }

    @Test(
        "the check sees doc comments, also above attributes",
        arguments: [
            "/// A.\npublic struct A {}", "/** A. */\npackage let a = 1",
            "/// A.\n@frozen\n@usableFromInline\npublic enum A {}",
        ])
    func sees(text: String) {
        let declarations = Documentation.declarations(in: SourceFile(path: "A.swift", text: text))
        #expect(declarations.map(\.isDocumented) == [true])
    }

    @Test(
        "witnesses, imports, extensions and what others cannot use need none",
        arguments: [
            "package func encode(to writer: inout CanonicalWriter) {",
            "public init(from decoder: any Decoder) throws {",
            "public var description: String { text }", "public static func < (left: Self, right: Self) -> Bool {",
            "public static func == (left: A, right: A) -> Bool {", "public func hash(into hasher: inout Hasher) {",
            "package static let configuration = CommandConfiguration()", "package mutating func run() async throws {",
            "public import Models", "package extension A {", "let a = 1", "private let package = 1", "let b = public()",
        ])
    func exempts(text: String) {
        #expect(Documentation.declarations(in: SourceFile(path: "A.swift", text: text)).isEmpty)
    }

    @Test("the share is a whole percentage")
    func percent() {
        let text = "/// A.\npublic struct A {}\npublic struct B {}\n"
        #expect(
            Documentation.percent(of: Documentation.declarations(in: SourceFile(path: "A.swift", text: text))) == 50)
        #expect(Documentation.percent(of: []) == 100)
    }
}
