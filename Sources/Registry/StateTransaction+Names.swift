package import Models
import Storage

extension StateTransaction {
    /// Why `name` cannot be given to something new, or nil. Of two names that look alike only the first exists
    /// (docs/decisions/0004).
    /// - Parameter skeleton: where the scope's holder of the name's skeleton is recorded.
    mutating func refusal<Kind>(ofNew name: Name<Kind>, skeleton: StateKey) throws(StorageError) -> Rejection? {
        guard let holder: NameRecord = try record(skeleton) else { return nil }
        if holder.text == name.text {
            return Rejection(.alreadyExists, "the \(Kind.noun) “\(name)” is taken; choose another")
        }
        return .confusable(name, with: holder.text)
    }

    /// The same for a project. The name of one that its author does not see is not told.
    mutating func refusal(ofNew name: ProjectName, _ header: CommandHeader) throws(StorageError) -> Rejection? {
        let skeleton = StateKey.projectSkeleton(name)
        guard let holder: NameRecord = try record(skeleton), holder.text != name.text,
            let author = try livingPrincipal(header.principal)
        else { return try refusal(ofNew: name, skeleton: skeleton) }
        let other = try holder.project
        let isSeen = try Catalog(self, seenBy: author).sees(other)
        return isSeen ? .confusable(name, with: holder.text) : .confusable(name)
    }
}

extension Rejection {
    /// A name that looks like that of a project which one does not see.
    fileprivate static func confusable(_ name: ProjectName) -> Rejection {
        Rejection(.confusableName, "the project “\(name)” looks like another one's name; choose another")
    }

    /// Two names that look alike.
    static func confusable<Kind>(_ name: Name<Kind>, with existing: String) -> Rejection {
        Rejection(
            .confusableName,
            "the \(Kind.noun) “\(name)” looks like “\(existing)”, which exists; use that one or choose another name")
    }

    /// Text that is too long.
    static func tooLong(_ noun: String) -> Rejection {
        Rejection(.invalid, "the \(noun) is longer than \(Limits.standard.textBytes) bytes; shorten it")
    }

    /// A project that does not exist, or is not seen: it does not tell which.
    package static func missing(_ project: ProjectName) -> Rejection {
        Rejection(.notFound, "there is no project “\(project)” that you see; create it, or ask for a role in it")
    }

    /// A model that does not exist.
    static func missing(_ model: ModelKey) -> Rejection {
        Rejection(.notFound, "project “\(model.project)” has no model “\(model.name)”; check both names")
    }
}

/// Whether a text fits where people write freely.
func isTooLong(_ text: String) -> Bool { text.utf8.count > Limits.standard.textBytes }
