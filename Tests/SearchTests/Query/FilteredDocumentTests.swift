import Testing

@testable import Search

/// A document by itself passes the filters that it passes in an index.
@Suite struct FilteredDocumentTests {
    // Probe: a query that cannot be read is none of filters alone.
    @Test(arguments: FilterTests.cases.filter { (try? SearchQuery(parsing: $0.text).firstWord) == .some(nil) })
    func filtersSayWhatTheySayInAnIndex(text: String, names: [String]) throws {
        let query = try SearchQuery(parsing: text)
        let found = FilterTests.documents.filter {
            FilteredDocument($0).passes(query, now: SearchFixture.now)
        }
        #expect(found.map(\.id.model) == names, "\(text)")
    }

    @Test func aNumberIsFoundByItsKey() {
        let document = FilteredDocument(FilterTests.documents[1])
        #expect(document.number("metrics.f1") == 0.7 && document.number("F1") == 0.7)
        #expect(document.number("epochs") == 9 && document.number("none") == nil)
        #expect(FilteredDocument(FilterTests.documents[2]).number("metrics.f1") == nil)
    }
}
