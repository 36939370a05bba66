import Dispatch
import Synchronization
import Testing

@testable import Search

@Suite struct ConcurrencyTests {
    @Test func `searches see tables and columns of one moment while others write and rebuild`() throws {
        // In every batch either all twenty have the word, the facet and the number of the round, or none has.
        @Sendable func batch(_ round: Int) -> [SearchDocument] {
            (0..<20).map { number in
                .sample("m\(number)", card: "round\(round % 2 == 0 ? "even" : "odd")") {
                    $0.facets = ["parity": [round % 2 == 0 ? "even" : "odd"]]
                }
            }
        }
        let fixture = try SearchFixture(batch(0))
        let failures = Mutex<[String]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { worker in
            do {
                for round in 1...40 {
                    if worker == 0, round % 10 == 0 {
                        let rebuild = try fixture.index.beginRebuild()
                        try rebuild.add(batch(round))
                        try rebuild.finish(at: try fixture.index.appliedIndex)
                    } else if worker == 0 {
                        try fixture.add(batch(round))
                    }
                    let even = try fixture.search("roundeven parity:even") { $0.facets = ["parity"] }
                    let odd = try fixture.search("roundodd parity:even")
                    let seen = [even.total.count, even.facets[0].values.first?.count ?? 0]
                    if (seen != [20, 20] && seen != [0, 0]) || odd.total.count != 0 {
                        failures.withLock { $0.append("\(seen) \(odd.total.count)") }
                    }
                }
            } catch {
                failures.withLock { $0.append("\(error)") }
            }
        }
        #expect(failures.withLock { $0 } == [])
    }
}
