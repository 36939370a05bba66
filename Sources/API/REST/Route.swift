import HTTPTypes
import Models
import RegistryService

/// One entry of the API: what the router serves and `openapi.json` describes.
struct Route: Sendable {
    /// Who may call.
    enum Access: Sendable {
        /// Anyone: only for questions about health, which say nothing of models.
        case open
        /// Whoever shows a valid token.
        case token
        /// Whoever holds an invitation into the cluster, which the body shows.
        case invitation
    }

    /// What a JSON body holds, by the name of its schema.
    struct Content: Sendable {
        let schema: String
        var isList = false
    }

    let method: HTTPRequest.Method
    /// The path, with `{name}` for parameters; a last `{path}` takes the rest.
    let path: String
    let summary: String
    var access = Access.token
    /// What it takes, in the project that the path names, else in the whole cluster. Of commands the log decides, by the
    /// state that they meet: it is said here of what is none.
    var permission = Permission.read
    var query: [String] = []
    var requestBody: Content?
    var responseStatus = HTTPResponse.Status.ok
    var response: Content?
    /// Answers a call.
    let respond: @Sendable (Call) async throws -> Reply

    /// The path as the router writes it.
    var routerPath: String {
        path.split(separator: "/").map { component in
            component == "{path}" ? "**" : String(component)
        }.joined(separator: "/")
    }
}
