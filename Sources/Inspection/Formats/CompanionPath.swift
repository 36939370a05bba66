/// The path by which a model file names another beside it.
enum CompanionPath {
    /// Why a loader that follows `path` could leave the model's folder, or nil when it stays inside.
    static func problem(of path: String) -> String? {
        let bytes = Array(path.utf8)
        if bytes.isEmpty { return "is empty" }
        if bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "has a control character" }
        if bytes.contains(UInt8(ascii: "\\")) { return "has a backslash" }
        if bytes[0] == UInt8(ascii: "/") { return "is absolute" }
        if bytes.count > 1, bytes[1] == UInt8(ascii: ":") { return "has a drive letter" }
        for component in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if component.isEmpty { return "has an empty component" }
            if component.elementsEqual("..".utf8) { return "leaves the model's folder" }
            if component.elementsEqual(".".utf8) { return "has a component “.”" }
        }
        // ONNX Runtime's mark for an address in memory, which no file has a right to name.
        return path.utf8.count > 4_096 ? "is too long" : path.contains("_ORT_MEM_ADDR_") ? "is a memory address" : nil
    }
}
