import Models
import Testing

@testable import Registry

@Suite("What was found in files decides whether they are taken")
struct InspectionTests {
    private func raised() throws -> Machine {
        var machine = try Machine.founded()
        try machine.apply(.raiseLevel(RaiseLevel(level: Command.knownLevel)), by: "peerage")
        return machine
    }

    private func found(_ verdict: Verdict, secrets: Int = 0) throws -> Inspection {
        let path = try FilePath("weights.bin")
        return Inspection(
            files: [.init(path: path, format: "pickle", verdict: verdict, reasons: ["it imports os.system"])],
            secrets: (0..<secrets).map { .init(path: path, line: UInt64(3 + $0), rule: "github-token") },
            parameters: 7, elements: ["F32": 5, "BF16": 2], attributes: ["format": "pt"])
    }

    private func register(_ inspection: Inspection?) throws -> Command {
        guard case .registerVersion(let plain) = try Command.register() else { throw NotThat() }
        return .registerVersion(
            RegisterVersion(
                project: plain.project, model: plain.model, files: plain.files, metadata: plain.metadata,
                tags: plain.tags, message: plain.message, aliases: plain.aliases, holders: plain.holders,
                inspection: inspection))
    }

    private struct NotThat: Error {}

    @Test(
        "Verdicts are taken or refused as the project says",
        arguments: [
            (nil, .safe, true), (nil, .unknown, true), (nil, .dangerous, false), (nil, .malformed, false),
            ([], .dangerous, true), ([], .malformed, true), ([.unknown], .unknown, false),
            ([.unknown], .dangerous, true), ([.dangerous, .malformed, .unknown], .safe, true),
        ] as [([Verdict]?, Verdict, Bool)])
    func verdicts(refuses: [Verdict]?, verdict: Verdict, isTaken: Bool) throws {
        var machine = try raised()
        try machine.apply(.createProject("vision"))
        let setting: Setting<[Verdict]> = refuses.map { .value($0) } ?? .none
        try machine.apply(.changeProject(ChangeProject(name: ProjectName("vision"), refuses: setting)))
        let refusal = try machine.refusal(register(found(verdict)))
        #expect(refusal == (isTaken ? nil : .refusedContent))
        let version = try machine.catalog.version(
            project: ProjectName("vision"), model: ModelName("ranker"), number: 1)
        #expect(try version?.inspection == (isTaken ? found(verdict) : nil))
    }

    @Test("A secret is refused whatever the project takes, and told by its place alone")
    func secrets() throws {
        var machine = try raised()
        try machine.apply(.createProject("vision"))
        try machine.apply(.changeProject(ChangeProject(name: ProjectName("vision"), refuses: .value([]))))
        guard case .rejected(let rejection) = try machine.apply(register(found(.safe, secrets: 2))).outcome else {
            throw NotThat()
        }
        #expect(rejection.code == .refusedContent)
        #expect(
            rejection.detail.hasPrefix(
                "line 3 of “weights.bin” looks like a secret (github-token), and there are 1 more"))
    }

    @Test("Findings are understood once every member knows of them")
    func level() throws {
        var machine = try Machine.founded()
        #expect(try machine.refusal(register(found(.safe))) == .invalid)
        #expect(try machine.refusal(register(nil)) == nil)
        try machine.apply(.raiseLevel(RaiseLevel(level: Command.knownLevel)), by: "peerage")
        #expect(try machine.refusal(register(found(.safe))) == nil)
    }

    @Test("Commands and records with findings are read as they were written")
    func coding() throws {
        let command = try register(found(.unknown, secrets: 1))
        #expect(try Command(canonicalBytes: command.canonicalBytes) == command)
        #expect(command.level == 5)
        let plain = try register(nil)
        #expect(plain.level == 1)
        let changed = Command.changeProject(
            ChangeProject(name: try ProjectName("vision"), refuses: .value([.unknown, .dangerous])))
        #expect(try Command(canonicalBytes: changed.canonicalBytes) == changed)
        #expect(changed.level == 5)
    }

    @Test("Findings of more than a megabyte are refused")
    func limit() throws {
        var machine = try raised()
        func inspection(_ count: Int) throws -> Inspection {
            Inspection(
                files: [
                    .init(
                        path: try FilePath("a"), format: "zip", verdict: .unknown,
                        reasons: [String(repeating: "x", count: count)])
                ])
        }
        let overhead = try inspection(0).canonicalBytes.count
        #expect(try machine.refusal(register(inspection(Inspection.mostBytes - overhead + 1))) == .invalid)
        #expect(try machine.refusal(register(inspection(Inspection.mostBytes - overhead))) == nil)
    }
}
