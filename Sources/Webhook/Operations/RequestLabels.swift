internal import NIOHTTP1

/// What tells requests apart in metrics: methods and paths that are known by name, and `other`, so that no client can
/// make metrics of its own.
struct RequestLabels: Hashable, Sendable {
    enum Verb: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case options = "OPTIONS"
        case connect = "CONNECT"
        case trace = "TRACE"
        case other

        init(_ method: HTTPMethod) {
            switch method {
            case .GET: self = .get
            case .HEAD: self = .head
            case .POST: self = .post
            case .PUT: self = .put
            case .PATCH: self = .patch
            case .DELETE: self = .delete
            case .OPTIONS: self = .options
            case .CONNECT: self = .connect
            case .TRACE: self = .trace
            default: self = .other
            }
        }
    }

    enum Path: String, Sendable {
        case mutate = "/mutate"
        case mutateStrict = "/mutate/strict"
        case healthz = "/healthz"
        case livez = "/livez"
        case readyz = "/readyz"
        case metrics = "/metrics"
        case cacheDump = "/debug/alpha/cache"
        case other

        init(_ path: Substring) { self = Path(rawValue: String(path)) ?? .other }
    }

    let verb: Verb
    let path: Path
    /// Of the answer.
    let status: UInt

    init(_ head: HTTPRequestHead, _ status: HTTPResponseStatus) {
        verb = Verb(head.method)
        path = Path(head.path)
        self.status = status.code
    }
}
