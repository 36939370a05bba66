import Models

/// RFC 6901.
enum JSONPointer {
    /// `pointer` with one more step.
    static func appending(_ step: String, to pointer: String) -> String {
        pointer + "/" + step.replacing("~", with: "~0").replacing("/", with: "~1")
    }

    /// The steps of a pointer; nil when it is none.
    static func steps(_ pointer: String) -> [String]? {
        guard !pointer.isEmpty else { return [] }
        guard pointer.hasPrefix("/") else { return nil }
        return pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map {
            String($0).replacing("~1", with: "/").replacing("~0", with: "~")
        }
    }

    /// What one step leads to.
    static func step(_ name: String, in value: JSONValue) -> JSONValue? {
        switch value {
        case .object(let members): members[name]
        case .array(let items): Int(name).flatMap { items.indices.contains($0) ? items[$0] : nil }
        default: nil
        }
    }
}
