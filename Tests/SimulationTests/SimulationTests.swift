import Simulation
import Testing

@Suite("Whole nodes under faults", .serialized)
struct SimulationTests {
    @Test("Seeds run clean", arguments: 1...12 as ClosedRange<UInt64>)
    func seedIsClean(seed: UInt64) throws {
        var simulation = Simulation(seed: seed)
        let figures = try simulation.run()
        #expect(figures.acknowledged > 100)
    }

    @Test("Equal seeds give equal runs")
    func runsCanBeReplayed() throws {
        var (first, second) = (Simulation(seed: 3), Simulation(seed: 3))
        let (one, two) = (try first.run(), try second.run())
        #expect(one.events == two.events)
        #expect(one.acknowledged == two.acknowledged)
        #expect(one.lost == two.lost)
    }

    @Test("A defect put in on purpose is found within 30 seeds", arguments: Mutation.allCases)
    func mutantIsCaught(mutation: Mutation) {
        let caught = (1...30 as ClosedRange<UInt64>).contains { seed in
            var simulation = Simulation(seed: seed, mutation: mutation)
            do {
                _ = try simulation.run()
                return false
            } catch {
                return true
            }
        }
        #expect(caught)
    }
}
