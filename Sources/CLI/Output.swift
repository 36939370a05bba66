import Foundation
import Models

/// Prints a command's answer, once.
struct Output: Sendable {
    let asJSON: Bool

    /// Prints `value` as JSON, or else the text.
    func show(_ value: some Encodable, text: @autoclosure () -> String) {
        StandardStream.write((asJSON ? Self.json(value) : text()) + "\n", to: .output)
    }

    /// Prints all records of a listing in the form of one page.
    func show<Item: Hashable & Sendable & Codable>(list items: [Item], text: @autoclosure () -> String) {
        show(Page(items: items, next: nil), text: text())
    }

    /// One JSON document, indented, with sorted members.
    static func json(_ value: some Encodable) -> String { json(value, [.prettyPrinted]) }

    /// One JSON document in one line.
    static func line(_ value: some Encodable) -> String { json(value, []) }

    private static func json(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
        do { return String(decoding: try encoder.encode(value), as: UTF8.self) } catch {
            // Only numbers that are not finite cannot be written, and JSON that was read holds none.
            preconditionFailure("an answer cannot be written as JSON: \(error)")
        }
    }
}
