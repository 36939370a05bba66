import Testing

@testable import Models

struct LicenceExpressionTests {
    @Test(
        arguments: [
            "MIT", "apache-2.0", "GPL-2.0+", "MIT OR Apache-2.0", "(MIT AND (BSD-3-Clause OR ISC))",
            "GPL-2.0-only WITH Classpath-exception-2.0", "LicenseRef-llama3", "DocumentRef-a:LicenseRef-b",
            "CC-BY-4.0", "mit or isc",
        ])
    func `expressions of SPDX are accepted`(text: String) {
        #expect(LicenceExpression.problem(of: text) == nil)
    }

    @Test(
        arguments: [
            ("", "ends where an SPDX licence expression names a licence"),
            ("MIT OR", "ends where an SPDX licence expression names a licence"),
            ("MIT ISC", "has “ISC” where an SPDX licence expression should end"),
            ("(MIT", "lacks a closing parenthesis"), ("MIT)", "has “)” where an SPDX licence expression should end"),
            ("MIT WITH nothing", "names “nothing”, which is no exception of the SPDX list"),
            ("MIT WITH", "ends where “WITH” names an exception"),
            ("llama3", "names “llama3”, which is no licence of the SPDX list; name your own LicenseRef-…"),
            ("LicenseRef-", "names “LicenseRef-”, which is no licence of the SPDX list; name your own LicenseRef-…"),
            ("LicenseRef-ä", "names “LicenseRef-ä”, which is no licence of the SPDX list; name your own LicenseRef-…"),
        ])
    func `what is none is told why`(text: String, problem: String) {
        #expect(LicenceExpression.problem(of: text) == problem)
    }

    @Test func `parentheses end before the stack does`() {
        #expect(LicenceExpression.problem(of: String(repeating: "(", count: 1_000)) != nil)
        #expect(LicenceExpression.problem(of: String(repeating: "(", count: 1_001)) != nil)
    }
}
