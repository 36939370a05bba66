import ArgumentParser
import Models
import PeerageClient

/// `peerage diff`.
struct DiffCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Compare two versions: values, files, tensors, bytes in common.",
        discussion: "The versions may be of one model or of two, of any projects.")

    @Argument(help: ArgumentHelp("The first version.", valueName: "a"), transform: References.version)
    var first: ModelReference

    @Argument(help: ArgumentHelp("The second version.", valueName: "b"), transform: References.version)
    var second: ModelReference

    @OptionGroup var options: SharedOptions

    func run(_ client: PeerageClient) async throws(ClientError) {
        let difference = try await client.difference(from: first, to: second)
        output.show(difference, text: Self.text(difference))
    }

    static func text(_ difference: VersionDifference) -> String {
        let (from, to) = (name(difference.from), name(difference.to))
        guard difference.from.digest != difference.to.digest || difference.changedValues > 0 else {
            return "\(from) and \(to) have the same files and say the same"
        }
        var parts = ["from  \(from)\nto    \(to)"]
        if difference.changedValues > 0 { parts.append(values(difference)) }
        parts.append(files(difference))
        if let tensors = tensors(difference) { parts.append(tensors) }
        if let shared = difference.sharedBytes {
            parts.append(
                "\(Quantity.bytes(shared)) of \(Quantity.bytes(difference.to.size)) lie in chunks that the first has too"
            )
        }
        return parts.joined(separator: "\n\n")
    }

    private static func name(_ side: VersionDifference.Side) -> String {
        "\(side.project)/\(side.model):\(side.number)"
    }

    private static func values(_ difference: VersionDifference) -> String {
        var table = TextTable(.text("VALUE"), .text("FROM"), .text("TO"))
        for value in difference.values {
            table.add(value.path, value.from.map { text($0) } ?? "", value.to.map { text($0) } ?? "")
        }
        return table.text(orElse: "") + more(difference.changedValues - difference.values.count)
    }

    private static func text(_ value: JSONValue) -> String {
        guard case .string(let text) = value else { return Output.json(value) }
        return text
    }

    private static func files(_ difference: VersionDifference) -> String {
        let same = "\(Quantity.count(difference.unchangedFiles, "file")) unchanged"
        guard difference.changedFiles > 0 else { return same }
        var table = TextTable(.text("FILE"), .text("CHANGE"), .number("FROM"), .number("TO"))
        for file in difference.files {
            let change = file.fromPath.map { "renamed from \($0)" } ?? file.change.rawValue
            table.add(
                file.path.text, change, file.fromSize.map { Quantity.bytes($0) } ?? "",
                file.toSize.map { Quantity.bytes($0) } ?? "")
        }
        return table.text(orElse: "") + more(difference.changedFiles - difference.files.count) + "\n" + same
    }

    private static func tensors(_ difference: VersionDifference) -> String? {
        guard let tensors = difference.tensors, let changed = difference.changedTensors else { return nil }
        let same = "\(Quantity.count(difference.unchangedTensors ?? 0, "tensor")) unchanged"
        guard changed > 0 else { return same }
        var table = TextTable(
            .text("TENSOR"), .text("CHANGE"), .text("FROM"), .text("TO"), .number("BYTES CHANGED"))
        for tensor in tensors {
            table.add(
                tensor.name, tensor.change.rawValue, form(tensor.fromType, tensor.fromShape),
                form(tensor.toType, tensor.toShape), tensor.changedBytes.map { "\($0)" } ?? "")
        }
        return table.text(orElse: "") + more(changed - tensors.count) + "\n" + same
    }

    private static func form(_ type: String?, _ shape: [UInt64]?) -> String {
        guard let type, let shape else { return "" }
        return "\(type) [\(shape.map { "\($0)" }.joined(separator: ", "))]"
    }

    private static func more(_ count: Int) -> String { count > 0 ? "\n… and \(count) more" : "" }
}
