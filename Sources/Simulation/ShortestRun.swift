/// A failing run with as few faults as still make it fail, as a transcript for people.
///
/// Faults are left out one after the other; one without which the run fails all the same stays out.
package struct ShortestRun {
    /// The transcript of the run, and what it ends with.
    package let text: String

    /// Shortens the run of `seed`, which must fail.
    package init(seed: UInt64, mutation: Mutation? = nil) {
        var leftOut: Set<Int> = []
        var whole = Simulation(seed: seed, mutation: mutation)
        _ = Self.failure(of: &whole)
        for fault in stride(from: whole.faults, through: Simulation.aimed, by: -1) {
            var shorter = Simulation(seed: seed, mutation: mutation, leftOut: leftOut.union([fault]))
            if Self.failure(of: &shorter) != nil { leftOut.insert(fault) }
        }
        var shortest = Simulation(seed: seed, mutation: mutation, leftOut: leftOut)
        shortest.transcript = []
        let failure = Self.failure(of: &shortest)
        let lines = shortest.transcript ?? []
        text =
            "the shortest run found, \(whole.faults - leftOut.subtracting([Simulation.aimed]).count) of \(whole.faults) faults:\n"
            + (lines + ["\(shortest.now) ms: \(failure ?? "it ends well")"]).joined(separator: "\n")
    }

    private static func failure(of simulation: inout Simulation) -> String? {
        do {
            _ = try simulation.run()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
