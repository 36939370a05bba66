import ArgumentParser
import Models
import Testing

@testable import CLI

@Suite("Parsing")
struct ParsingTests {
    @Test(
        "every command of the contract is understood",
        arguments: [
            "push dir demo/m", "push dir demo/m --alias prod --alias main --tag a=b --tag c= --message hi",
            "push dir demo/m --metadata meta.json --server https://a:1,https://b:2 --json", "pull demo/m",
            "pull demo/m:3 -o out", "pull demo/m@prod --output out --json", "pull demo/m@latest", "list",
            "list demo --json", "show demo/m", "show demo/m:1", "log demo/m", "log demo/m --limit 5 --json",
            "alias set demo/m@prod 3", "alias set demo/m@prod 3 --reason rollback", "alias remove demo/m@prod",
            "alias history demo/m@prod --json", "cluster status", "cluster status --json --consistency stale",
            "pull demo/m --cache dir --cache-size 5GB", "project create eu --sites a,b --quota 2TB --description text",
            "project show eu", "project set eu --sites all --quota none", "project holdings eu --json",
            "cluster transfer", "cluster transfer south-1", "audit", "audit --limit 10 --cursor 42",
        ])
    func understood(line: String) throws {
        let command = try PeerageCommand.parseAsRoot(line.split(separator: " ").map { String($0) })
        #expect(command is any ClientCommand)
    }

    @Test(
        "what is not understood is wrong usage, with exit status 2",
        arguments: [
            "frobnicate", "push", "push dir", "push dir demo", "push dir demo/m:3", "push dir demo/m@prod",
            "push dir demo/m --alias latest", "push dir demo/m --alias v3", "push dir demo/m --tag novalue",
            "push dir demo/m --tag a=1 --tag a=2", "pull", "pull demo", "pull demo/m:0", "pull demo/m:prod",
            "pull ../m", "list a/b", "log demo/m:1", "log demo/m --limit 0", "alias set demo/m 3",
            "alias set demo/m:1 3", "alias set demo/m@prod", "alias set demo/m@prod zero", "alias set demo/m@prod 0",
            "alias remove demo/m", "cluster transfer a/b", "audit --limit 0", "audit --limit 1001",
            "list --consistency eventual", "list --json=yes", "project create", "project set eu",
            "project set eu --quota many", "project set eu --sites a/b", "project holdings",
            "pull demo/m --cache-size lots",
        ])
    func notUnderstood(line: String) throws {
        let error = #expect(throws: (any Error).self) {
            _ = try PeerageCommand.parseAsRoot(line.split(separator: " ").map { String($0) })
        }
        let ending = Ending(try #require(error))
        #expect(ending.status == .wrongUsage)
        #expect(ending.code == 2)
        #expect(ending.problem.code == "wrong-usage")
    }

    @Test("help is no error", arguments: [["--help"], ["push", "--help"], ["help", "alias"]])
    func help(arguments: [String]) throws {
        let error = #expect(throws: (any Error).self) {
            var command = try PeerageCommand.parseAsRoot(arguments)
            try command.run()
        }
        let ending = Ending(try #require(error))
        #expect(ending.code == 0)
        #expect(ending.text.contains("USAGE: peerage"))
    }

    @Test("arguments arrive where they belong")
    func values() throws {
        let arguments = ["push", "dir", "demo/m", "--alias", "a", "--alias", "b", "--tag", "k=v=w", "--message", "why"]
        let push = try #require(try PeerageCommand.parseAsRoot(arguments) as? PushCommand)
        #expect(push.path == "dir")
        #expect(push.model.description == "demo/m")
        #expect(push.aliases.map(\.text) == ["a", "b"])
        #expect(push.tags == [Tag(key: "k", value: "v=w")])
        #expect(push.message == "why")
        #expect(!push.options.json)
    }
}
