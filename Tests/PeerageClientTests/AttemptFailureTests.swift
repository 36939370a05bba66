import Models
import Testing

@testable import PeerageClient

@Suite("What an answer means for the call")
struct AttemptFailureTests {
    @Test(
        "502, 503 and 504 are waited for, 500 and 507 are asked elsewhere once, all else is final",
        arguments: [
            (400, nil), (401, nil), (404, nil), (409, nil), (412, nil), (416, nil), (422, nil), (429, nil),
            (500, .unfit), (501, nil), (502, .unavailable(retryAfter: nil)), (503, .unavailable(retryAfter: nil)),
            (504, .unavailable(retryAfter: nil)), (507, .unfit),
        ] as [(Int, ServerRotation.Failure?)])
    func statuses(status: Int, failure: ServerRotation.Failure?) {
        let problem = Problem(code: "x", title: "X", status: status, detail: "")
        #expect(AttemptFailure(status: status, retryAfter: nil, problem: problem).failure == failure)
    }

    @Test("a server's own words are kept over the silence of others")
    func wordsOverSilence() {
        let problem = Problem(code: "no-leader", title: "No leader", status: 503, detail: "")
        let words = AttemptFailure.unavailable(problem, retryAfter: nil)
        let silence = AttemptFailure.silent(reason: "refused")
        #expect(silence.moreTelling(than: words) == words)
        #expect(words.moreTelling(than: silence) == words)
        #expect(silence.moreTelling(than: nil) == silence)
    }

    @Test("errors of this client and cancellation end the call")
    func ownErrors() {
        #expect(AttemptFailure(CancellationError()) == .final(.cancelled))
        #expect(AttemptFailure(ClientError.invalidInput("x")) == .final(.invalidInput("x")))
    }
}
