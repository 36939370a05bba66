import Models

@testable import Registry

/// A log of plausible commands, some of which are refused or repeated, drawn from a seed.
enum Script {
    /// The founding and `count` further entries.
    static func entries(count: Int, seed: UInt64) throws -> [[UInt8]] {
        var generator = SeededGenerator(seed: seed)
        var entries = [try entry(.establish(.three), number: 0, by: "ann")]
        for number in 1...UInt64(count) {
            if Int.random(in: 0..<10, using: &generator) == 0, let earlier = entries.randomElement(using: &generator) {
                entries.append(earlier)
                continue
            }
            let principal = Int.random(in: 0..<12, using: &generator) == 0 ? "mallory" : "ann"
            entries.append(try entry(command(using: &generator), number: number, by: principal))
        }
        return entries
    }

    private static func entry(_ command: Command, number: UInt64, by principal: String) throws -> [UInt8] {
        let envelope = CommandEnvelope(
            id: try .numbered(number), principal: try PrincipalName(principal), site: try SiteName("north"),
            at: Timestamp(milliseconds: Int64(number)), command: command)
        return envelope.canonicalBytes
    }

    private static func command(using generator: inout SeededGenerator) throws -> Command {
        func one(of names: [String]) -> String { names.randomElement(using: &generator) ?? "" }
        let (project, model) = (one(of: ["vision", "speech", "V1sion"]), one(of: ["ranker", "tagger", "rank-er"]))
        let alias = one(of: ["best", "main", "b3st", "production", "Best"])
        let number = UInt64.random(in: 0...4, using: &generator)
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: return try .createProject(project, "a project")
        case 1: return try .createModel(project, model)
        case 2...4:
            let files = try (0...Int.random(in: 0...3, using: &generator)).map { try FileEntry.at("part-\($0)") }
            return try .register(
                project, model, files: files, metadata: .object(["n": .integer(Int64(number)), "x": .array([.null])]),
                tags: ["b": "2", "a": "1"], message: "run", aliases: [alias], holders: number == 0 ? [1] : [1, 3])
        case 5, 6: return try .set(alias, to: number, if: number == 2 ? .absent : .none, model: model, project: project)
        default: return try .remove(alias, if: number == 3 ? .version(1) : .none, model: model, project: project)
        }
    }
}
