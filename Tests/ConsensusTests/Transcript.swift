@testable import Consensus

/// A readable scenario in the style of etcd's `testdata`: commands, and under each what members then say and do.
///
///     # Why this is written down.
///     cluster voters=3
///     ----
///     elect 1
///     ----
///     1→2: append after 0/0, 1/1, commit 0
///       2 writes 1/1
///
/// A command is a verb, numbers of members, and `name=value`; after `quietly` nothing of it is written down. Entries
/// and places are written term/index.
struct Transcript {
    /// A command, the comment above it, and what came of it.
    struct Step {
        var comment: [String] = []
        var command = ""
        var output: [String] = []
    }

    private(set) var steps: [Step] = []
    /// What stands after the last command.
    private var rest: [String] = []

    /// A transcript as it is written down.
    init(_ text: String) {
        var step = Step()
        var isOutput = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            switch (isOutput, line) {
            case (true, ""):
                steps.append(step)
                (step, isOutput) = (Step(), false)
            case (true, _): step.output.append(line)
            case (false, "----"): isOutput = true
            case (false, _) where line.isEmpty || line.hasPrefix("#"): step.comment.append(line)
            case (false, _): step.command = line
            }
        }
        if isOutput { steps.append(step) } else { rest = step.comment }
    }

    /// What is written down once the commands were carried out anew.
    func replayed() throws -> String {
        var player = TranscriptPlayer()
        var lines: [String] = []
        for step in steps {
            lines += step.comment + [step.command, "----"]
            lines += try player.play(step.command) + [""]
        }
        return (lines + rest.filter { !$0.isEmpty }).joined(separator: "\n")
    }
}

/// A command that no transcript can hold.
struct TranscriptError: Error, CustomStringConvertible {
    let description: String
}

/// Carries out the commands of a transcript, one cluster for all of them.
private struct TranscriptPlayer {
    private var cluster: TestCluster?

    /// Lines are gathered here while members work.
    private final class Journal {
        var lines: [String] = []
    }

    mutating func play(_ command: String) throws -> [String] {
        let words = command.split(separator: " ").map(String.init)
        let members = words.dropFirst().compactMap { UInt64($0) }
        let options = words.filter { $0.contains("=") }.reduce(into: [String: String]()) { options, word in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            options[String(parts[0])] = String(parts[1])
        }
        if words.first == "cluster" {
            cluster = try TestCluster(
                voters: number("voters", in: options) ?? 3, learners: number("learners", in: options) ?? 0,
                settings: settings(options))
            return []
        }
        guard var cluster else { throw TranscriptError(description: "“\(command)” comes before “cluster”") }
        let journal = Journal()
        cluster.journal = { journal.lines.append($0) }
        try carryOut(words.first ?? "", members, options, on: &cluster, say: { journal.lines.append($0) })
        cluster.journal = nil
        self.cluster = cluster
        return words.contains("quietly") ? [] : journal.lines
    }

    private func carryOut(
        _ verb: String, _ members: [UInt64], _ options: [String: String], on cluster: inout TestCluster,
        say: (String) -> Void
    ) throws {
        switch (verb, members.first) {
        case ("elect", let member?): try cluster.elect(member)
        case ("tick", let member?): try cluster.tick(member, times: number("times", in: options) ?? 1)
        case ("run", nil): try cluster.run(ticks: number("ticks", in: options) ?? 1)
        case ("propose", let member?):
            for text in (options["entries"] ?? "x").split(separator: ",") {
                try cluster.propose(String(text), at: member)
            }
        case ("change", let member?):
            if let refusal = try cluster.change(to: membership(options), at: member) { say("refused: \(refusal)") }
        case ("transfer", let member?):
            let target = number("to", in: options).map { MemberID(UInt64($0)) }
            try cluster.carryOut(cluster[member].core.transferLeadership(to: target), of: MemberID(member))
        case ("read", let member?): try cluster.read(UInt64(number("id", in: options) ?? 1), at: member)
        case ("restart", let member?): try cluster.restart(member)
        case ("disk", let member?): try setDisk(of: member, options, on: &cluster)
        case ("lose-tail", let member?):
            let last = cluster[member].log.lastIndex
            cluster[member].log.entries.removeLast(number("entries", in: options) ?? 1)
            say("its log ends at \(cluster[member].log.lastIndex) instead of \(last)")
        case ("cut-log", let member?):
            cluster[member].log.cut(through: LogIndex(number("through", in: options) ?? 0))
        case ("hand-state", let member?): try cluster.handState(of: member, to: UInt64(number("to", in: options) ?? 0))
        case ("slow-disk", let member?): cluster[member].diskIsFast = false
        case ("fast-disk", let member?):
            cluster[member].diskIsFast = true
            let unwritten = cluster[member].unwritten
            cluster[member].unwritten = []
            for effects in unwritten { try cluster.carryOut(effects, of: MemberID(member)) }
        default: try carryMessages(verb, members, options, on: &cluster, say: say)
        }
    }

    /// A member starts with a log of entries of these terms.
    private func setDisk(of member: UInt64, _ options: [String: String], on cluster: inout TestCluster) throws {
        let terms = (options["log"] ?? "").split(separator: ",").compactMap { Term($0) }
        let entries = terms.enumerated().map { ConsensusTests.entry(LogIndex($0 + 1), term: $1) }
        let term = number("term", in: options).map { Term($0) } ?? terms.last ?? 0
        try cluster.add(MemberID(member), entries: entries, hardState: HardState(term: term, vote: nil))
    }

    private func carryMessages(
        _ verb: String, _ members: [UInt64], _ options: [String: String], on cluster: inout TestCluster,
        say: (String) -> Void
    ) throws {
        switch (verb, members.first) {
        case ("settle", nil): try cluster.settle()
        case ("cut", _):
            let cut = Set(members.map { MemberID($0) })
            cluster.drops = { cut.contains($0.from) != cut.contains($0.to) }
        case ("heal", nil): cluster.drops = { _ in false }
        case ("deliver", nil), ("lose", nil), ("deliver-twice", nil):
            let chosen = cluster.inFlight.filter { matches($0, options) }
            if verb != "deliver-twice" { cluster.inFlight.removeAll { matches($0, options) } }
            for message in chosen {
                if verb == "lose" { say("\(message.line): lost") } else { try cluster.receive(message) }
            }
        case ("in-flight", nil): for message in cluster.inFlight { say(message.line) }
        case ("status", nil):
            for member in cluster.members.values.sorted(by: { $0.core.id < $1.core.id }) { say(member.line) }
        default: throw TranscriptError(description: "there is no command “\(verb)” of that shape")
        }
    }

    private func matches(_ message: Message, _ options: [String: String]) -> Bool {
        (options["from"].map { $0 == "\(message.from.rawValue)" } ?? true)
            && (options["to"].map { $0 == "\(message.to.rawValue)" } ?? true)
    }

    private func number(_ name: String, in options: [String: String]) -> Int? { options[name].flatMap { Int($0) } }

    private func membership(_ options: [String: String]) -> Membership {
        func members(_ name: String) -> [UInt64] {
            (options[name] ?? "").split(separator: ",").compactMap { UInt64($0) }
        }
        return ConsensusTests.membership(members("voters"), learners: members("learners"))
    }

    private func settings(_ options: [String: String]) -> Settings {
        var settings = Settings(electionTicks: 10, heartbeatTicks: 2)
        if let bytes = number("message-bytes", in: options) { settings.maximumMessageBytes = bytes }
        return settings
    }
}

extension TestMember {
    /// Where the member stands, and its log.
    fileprivate var line: String {
        let entries = log.entries.map(\.place).joined(separator: " ")
        let base = log.base.index > 0 ? "(state \(log.base.term)/\(log.base.index)) " : ""
        return
            "\(core.id.rawValue): \(core.role) of term \(core.term), commit \(core.commitIndex), log \(base)\(entries)"
    }
}

extension Entry {
    fileprivate var place: String {
        let mark =
            switch kind {
            case .noOperation: "∅"
            case .command: ""
            case .membership: Membership(bytes: data).map { "[\($0.line)]" } ?? "[?]"
            }
        return "\(term)/\(index)\(mark)"
    }
}

extension Membership {
    fileprivate var line: String {
        let (voters, learners) = (voters.map { "\($0.rawValue)" }, learners.map { "\($0.rawValue)" })
        return voters.joined(separator: " ") + (learners.isEmpty ? "" : " learning " + learners.joined(separator: " "))
    }
}

extension Message {
    /// The message in words.
    var line: String { "\(from.rawValue)→\(to.rawValue): \(body.line) (term \(term))" }
}

extension Message.Body {
    fileprivate var line: String {
        switch self {
        case .preVoteRequest(let index, let term): "would you vote for me? log ends at \(term)/\(index)"
        case .preVoteReply(let granted): granted ? "I would" : "I would not"
        case .voteRequest(let index, let term, let isTransfer):
            "vote for me\(isTransfer ? ", the leader asks" : ""), log ends at \(term)/\(index)"
        case .voteReply(let granted): granted ? "you have my vote" : "you have not my vote"
        case .append(let index, let term, let entries, let commit):
            (["append after \(term)/\(index)"] + entries.map(\.place)).joined(separator: " ") + ", commit \(commit)"
        case .appendAccepted(let matched): "matches through \(matched)"
        case .appendRejected(let index, let hintIndex, let hintTerm):
            "no match at \(index), try \(hintTerm)/\(hintIndex)"
        case .acknowledged(let index): "you acknowledged through \(index)"
        case .snapshotOffer(let index): "fetch a state through \(index)"
        case .heartbeat(let commit, let round): "heartbeat, commit \(commit), round \(round)"
        case .heartbeatReply(let round): "heard round \(round)"
        case .staleTerm: "your term is over"
        case .timeoutNow: "take over"
        case .readRequest(let id): "read \(id)?"
        case .readReply(let id, let index): "read \(id) at \(index)"
        }
    }
}

extension Effects {
    /// What a member does, a line for each thing.
    var lines: [String] {
        var lines: [String] = []
        if let hardState {
            lines.append(
                "keeps term \(hardState.term)" + (hardState.vote.map { ", its vote for \($0.rawValue)" } ?? ""))
        }
        if let snapshot { lines.append("takes the state of \(snapshot.term)/\(snapshot.index)") }
        if !entries.isEmpty { lines.append("writes " + entries.map(\.place).joined(separator: " ")) }
        for range in committed { lines.append("applies \(range.lowerBound)…\(range.upperBound)") }
        if let snapshotNeed {
            lines.append("needs a state through \(snapshotNeed.index), of \(snapshotNeed.source.rawValue)")
        }
        if let lostThrough { lines.append("has lost entries through \(lostThrough)") }
        for read in reads {
            switch read {
            case .ready(let id, let index): lines.append("answers read \(id) at \(index)")
            case .lost(let id): lines.append("gives read \(id) up")
            }
        }
        if let leadership {
            let leader = leadership.leader.map { ", led by \($0.rawValue)" } ?? ""
            lines.append("is \(leadership.role) of term \(leadership.term)\(leadership.role == .leader ? "" : leader)")
        }
        return lines
    }
}
