import Foundation
import Models
import Testing

@Suite struct SettingTests {
    @Test(arguments: [
        ("{}", ChangeProjectRequest()), (#"{"sites":null}"#, ChangeProjectRequest(sites: .none)),
        (#"{"sites":["a"]}"#, ChangeProjectRequest(sites: .value(["a"]))),
        (#"{"quota_bytes":9}"#, ChangeProjectRequest(quotaBytes: .value(9))),
        (#"{"description":null,"quota_bytes":null}"#, ChangeProjectRequest(description: .none, quotaBytes: .none)),
    ])
    func aMergePatchTellsMissingFromNullFromAValue(json: String, request: ChangeProjectRequest) throws {
        #expect(try JSONDecoder().decode(ChangeProjectRequest.self, from: Data(json.utf8)) == request)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(request), as: UTF8.self) == json)
    }

    @Test(
        arguments: [
            (Setting<Int>.unchanged, 5, 5), (.none, 5, nil), (.value(7), 5, 7), (.unchanged, nil, nil),
            (.value(7), nil, 7),
        ] as [(Setting<Int>, Int?, Int?)])
    func itIsAppliedToWhatThereIs(setting: Setting<Int>, before: Int?, after: Int?) {
        #expect(setting.applied(to: before) == after)
    }
}
