import Models
import Testing

@testable import Registry

@Suite("Who may do what")
struct AccessTests {
    /// The administrator `ann`, one principal of each other role named after it, and a project `vision` of `ann`'s.
    static func prepared() throws -> Machine {
        var machine = try Machine.founded()
        try machine.apply(.raiseLevel(RaiseLevel(level: Command.knownLevel)), by: "peerage")
        for role in Role.allCases where role != .administrator {
            try machine.apply(create(role.rawValue, role))
        }
        try machine.apply(.register())
        return machine
    }

    static func create(_ name: String, _ role: Role) throws -> Command {
        .access(.createPrincipal(try PrincipalName(name), role, description: ""))
    }

    private static func grant(_ name: String, _ role: Role?, _ project: String = "vision") throws -> Command {
        .access(.grant(try ProjectName(project), try PrincipalName(name), role))
    }

    private static func issue(_ name: String, _ secret: String = "s", expiresAt: Int64? = nil) throws -> Command {
        .access(
            .issueToken(
                try PrincipalName(name), Digest(of: Array(secret.utf8)), label: "ci",
                expiresAt: expiresAt.map { Timestamp(milliseconds: $0) }))
    }

    private static func revoke(_ name: String, _ secret: String = "s") throws -> Command {
        .access(.revokeToken(TokenRecord.id(Digest(of: Array(secret.utf8))), of: try PrincipalName(name)))
    }

    private func signsIn(_ machine: Machine, _ secret: String = "s", at time: Int64 = 0) throws -> String? {
        try machine.catalog.principal(
            tokenDigest: Digest(of: Array(secret.utf8)), at: Timestamp(milliseconds: time))?.name.text
    }

    /// One line a command: who may give it.
    @Test("The table of roles and commands is as it has always been")
    func table() throws {
        let reference = try PrincipalName("reader")
        let key = VersionKey(project: try ProjectName("vision"), model: try ModelName("ranker"), number: 1)
        let commands: [(String, Command)] = [
            ("create a project", try .createProject("fresh")), ("create a model", try .createModel("vision", "other")),
            ("register a version", try .register()), ("register into a new project", try .register("newly", "m")),
            ("set an alias", try .set("best", to: 1)),
            ("describe a project", try .change("vision", description: .value("x"))),
            ("move bytes", try .change("vision", sites: .value(["north"]))),
            ("limit a project", try .change("vision", quotaBytes: .value(1 << 40))),
            (
                "hide a project",
                .changeProject(ChangeProject(name: key.project, visibility: .value(.private)))
            ),
            ("recall a data set", .recall(RecallThing(thing: "dataset:name:x", isRecalled: true, reason: "r"))),
            ("evaluate", .lifecycle(.evaluate(key, [Metric(name: "f1", value: 1)], evidence: "", note: ""))),
            ("set a lifecycle", .lifecycle(.setLifecycle(key.project, .standard))),
            ("set a schema", .policy(.setSchema(key.project, nil, .object([:])))),
            ("set rules of retention", .policy(.setRetention(key.project, nil))),
            ("assess a risk", .policy(.assess(key.project, key.model, .high, reason: "r"))),
            ("delete a model", .retention(.deleteModel(key.project, key.model, reason: "r"))),
            ("delete a project", .retention(.deleteProject(key.project, reason: "r"))),
            ("create a principal", try Self.create("bob", .reader)),
            ("change a principal", .access(.changePrincipal(reference, .reader))),
            ("remove a principal", .access(.removePrincipal(reference))),
            ("grant a role", try Self.grant("reader", .reader)), ("issue another's token", try Self.issue("ann")),
            ("invite a node", try .invite("east-2")), ("remove a node", try .remove(node: "west-1")),
        ]
        var lines: [String] = []
        for (name, command) in commands {
            let allowed = try Role.allCases.filter { role in
                var machine = try Self.prepared()
                let by = role == .administrator ? "ann" : role.rawValue
                return try machine.apply(command, by: by).outcome.refusal?.code != .forbidden
            }
            lines.append("\(name): \(allowed.map(\.rawValue).joined(separator: ", "))")
        }
        #expect(
            lines.joined(separator: "\n") == """
                create a project: administrator, steward, contributor
                create a model: administrator, steward, contributor
                register a version: administrator, steward, contributor
                register into a new project: administrator, steward, contributor
                set an alias: administrator, steward, contributor
                describe a project: administrator, steward
                move bytes: administrator
                limit a project: administrator
                hide a project: administrator
                recall a data set: administrator, steward
                evaluate: administrator, steward, contributor
                set a lifecycle: administrator, steward
                set a schema: administrator, steward
                set rules of retention: administrator, steward
                assess a risk: administrator, steward
                delete a model: administrator
                delete a project: administrator
                create a principal: administrator
                change a principal: administrator
                remove a principal: administrator
                grant a role: administrator
                issue another's token: administrator
                invite a node: administrator
                remove a node: administrator
                """)
    }

    @Test("A role in a project counts there and nowhere else, the stronger of two")
    func grants() throws {
        var machine = try Self.prepared()
        try machine.apply(.createProject("speech"))
        #expect(try machine.apply(Self.grant("reader", .contributor)).outcome.refusal == nil)
        #expect(try machine.apply(.register(), by: "reader").outcome.refusal == nil)
        #expect(try machine.apply(.register("speech", "m"), by: "reader").outcome.refusal?.code == .forbidden)
        try machine.apply(Self.grant("steward", .reader))
        #expect(try machine.apply(.register(), by: "steward").outcome.refusal == nil)
        try machine.apply(Self.grant("reader", nil))
        #expect(try machine.apply(.register(), by: "reader").outcome.refusal?.code == .forbidden)
        #expect(try machine.refusal(Self.grant("reader", nil)) == .notFound)
        #expect(try machine.refusal(Self.grant("nobody", .reader)) == .notFound)
        #expect(try machine.refusal(Self.grant("reader", .reader, "nowhere")) == .notFound)
    }

    @Test("Whoever makes a project says who may do what in it")
    func creators() throws {
        var machine = try Self.prepared()
        #expect(try machine.apply(.register("mine", "m"), by: "contributor").outcome.refusal == nil)
        #expect(try machine.apply(Self.grant("reader", .steward, "mine"), by: "contributor").outcome.refusal == nil)
        #expect(
            try machine.apply(Self.grant("reader", .steward), by: "contributor").outcome.refusal?.code == .forbidden)
        #expect(try machine.catalog.grants(in: ProjectName("mine")).map(\.principal.text) == ["contributor", "reader"])
    }

    @Test("A principal that was removed can do nothing, and nobody gets its name")
    func removal() throws {
        var machine = try Self.prepared()
        try machine.apply(Self.issue("contributor"))
        #expect(try signsIn(machine) == "contributor")
        #expect(try machine.refusal(.access(.removePrincipal(PrincipalName("contributor")))) == nil)
        #expect(try signsIn(machine) == nil)
        #expect(try machine.apply(.register(), by: "contributor").outcome.refusal?.code == .forbidden)
        #expect(try machine.refusal(Self.create("contributor", .reader)) == .alreadyExists)
        #expect(try machine.refusal(Self.issue("contributor", "t")) == .notFound)
        #expect(try machine.refusal(.access(.removePrincipal(PrincipalName("contributor")))) == .notFound)
    }

    @Test("The last administrator stays")
    func lastAdministrator() throws {
        var machine = try Self.prepared()
        let ann = try PrincipalName("ann")
        #expect(try machine.refusal(.access(.removePrincipal(ann))) == .conflict)
        #expect(try machine.refusal(.access(.changePrincipal(ann, .reader))) == .conflict)
        #expect(try machine.refusal(.access(.changePrincipal(PrincipalName("steward"), .administrator))) == nil)
        #expect(try machine.refusal(.access(.changePrincipal(ann, .reader))) == nil)
        let last = try machine.apply(.access(.removePrincipal(PrincipalName("steward"))), by: "steward")
        #expect(last.outcome.refusal?.code == .conflict)
    }

    @Test("A token holds until it ends or is revoked; its owner needs nobody for that")
    func tokens() throws {
        var machine = try Self.prepared()
        #expect(try machine.apply(Self.issue("reader", expiresAt: 1_000_000), by: "reader").outcome.refusal == nil)
        #expect(try signsIn(machine, at: 999_999) == "reader")
        #expect(try signsIn(machine, at: 1_000_000) == nil)
        #expect(try machine.refusal(Self.issue("reader")) == .alreadyExists)
        #expect(try machine.refusal(Self.issue("reader", "late", expiresAt: 1)) == .invalid)
        #expect(try machine.apply(Self.issue("ann", "x"), by: "reader").outcome.refusal?.code == .forbidden)
        #expect(try machine.apply(Self.revoke("reader"), by: "auditor").outcome.refusal?.code == .forbidden)
        #expect(try machine.catalog.tokens(of: PrincipalName("reader")).map(\.label) == ["ci"])
        #expect(try machine.apply(Self.revoke("reader"), by: "reader").outcome.refusal == nil)
        #expect(try signsIn(machine) == nil)
        #expect(try machine.refusal(Self.revoke("reader")) == .notFound)
        // The first administrator's token goes the same way.
        #expect(try machine.refusal(Self.revoke("ann", "token")) == nil)
        #expect(try signsIn(machine, "token") == nil)
    }

    @Test("A principal has so many tokens and no more")
    func mostTokens() throws {
        var machine = try Self.prepared()
        for number in 1...Limits.standard.tokens + 1 {
            let code = try machine.refusal(Self.issue("reader", "s\(number)"))
            #expect(code == (number > Limits.standard.tokens ? .limitExceeded : nil))
        }
        #expect(try machine.refusal(Self.revoke("reader", "s1")) == nil)
        #expect(try machine.refusal(Self.issue("reader", "again")) == nil)
    }

    @Test("Names that stand for nobody, or for nodes, are nobody's", arguments: ["unknown", "peerage"])
    func reserved(name: String) throws {
        var machine = try Self.prepared()
        #expect(try machine.refusal(Self.create(name, .reader)) == .invalid)
    }
}
