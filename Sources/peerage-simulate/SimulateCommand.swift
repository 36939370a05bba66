import ArgumentParser
import Simulation

/// `peerage-simulate`: replays a seed, or hunts through many.
@main
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "peerage-simulate",
        abstract:
            "Run whole clusters on virtual time, with faults drawn from a seed, and check what must always be true.",
        discussion:
            "Equal seeds give equal runs. A failing seed prints the command that replays it; the exit status is 1.")

    @Option(help: ArgumentHelp("Run this seed only.", valueName: "n"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("Run these seeds.", valueName: "first..last"))
    var seeds: String?

    @Option(help: ArgumentHelp("Go on to further seeds for so long.", valueName: "n"))
    var minutes: Double?

    @Option(
        help: ArgumentHelp(
            "Put a defect in on purpose: \(Mutation.allCases.map(\.rawValue).joined(separator: ", ")).",
            valueName: "name"))
    var mutation: String?

    @Flag(help: "Do not look for the shortest run when a seed fails.")
    var brief = false

    func run() throws {
        let mutation = try mutation.map { name in
            guard let mutation = Mutation(rawValue: name) else {
                throw ValidationError("There is no mutation “\(name)”.")
            }
            return mutation
        }
        let deadline = minutes.map { ContinuousClock.now + .seconds($0 * 60) }
        var total = Simulation.Figures()
        var count = 0
        for seed in try range() {
            if count > 0, let deadline, ContinuousClock.now >= deadline { break }
            do {
                var simulation = Simulation(seed: seed, mutation: mutation)
                total.add(try simulation.run())
            } catch {
                let option = mutation.map { " --mutation \($0.rawValue)" } ?? ""
                print("seed \(seed): \(error)\nreplay: peerage-simulate --seed \(seed)\(option)\n")
                if !brief { print(ShortestRun(seed: seed, mutation: mutation).text) }
                throw ExitCode.failure
            }
            count += 1
        }
        print(total.text(seeds: count))
    }

    private func range() throws -> ClosedRange<UInt64> {
        if let seed { return seed...seed }
        guard let seeds else { return 1...(minutes == nil ? 100 : .max - 1) }
        let bounds = seeds.split(separator: ".", omittingEmptySubsequences: true).compactMap { UInt64($0) }
        guard bounds.count == 2, bounds[0] <= bounds[1] else { throw ValidationError("Write --seeds FIRST..LAST.") }
        return bounds[0]...bounds[1]
    }
}

extension Simulation.Figures {
    /// Adds another run's figures.
    fileprivate mutating func add(_ other: Self) {
        events += other.events
        leaders += other.leaders
        crashes += other.crashes
        falls += other.falls
        partitions += other.partitions
        cuts += other.cuts
        fullDisks += other.fullDisks
        clocks += other.clocks
        brokenDisks += other.brokenDisks
        slowDisks += other.slowDisks
        damagedDisks += other.damagedDisks
        damagedPages += other.damagedPages
        majoritiesLost += other.majoritiesLost
        transfers += other.transfers
        membershipChanges += other.membershipChanges
        snapshots += other.snapshots
        acknowledged += other.acknowledged
        reads += other.reads
        lost += other.lost
    }

    /// One line for people.
    fileprivate func text(seeds: Int) -> String {
        """
        \(seeds) seeds clean: \(events) events, \(leaders) leaders, \(crashes + falls) crashes (\(falls) of new leaders), \(partitions) partitions (\(cuts) around changes of members), \
        \(fullDisks) full disks, \(brokenDisks) broken disks, \(slowDisks) slow disks, \(damagedDisks) damaged disks, \
        \(damagedPages) damaged pages, \(clocks) disturbed clocks, \(transfers) transfers, \
        \(membershipChanges) changes of members, \
        \(snapshots) states replaced, \
        \(lost) messages lost; \
        \(majoritiesLost) majorities lost to damage; \
        \(acknowledged) writes acknowledged, \(reads) reads answered
        """
    }
}
