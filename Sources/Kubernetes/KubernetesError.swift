internal import JSON

/// What goes wrong on the way to the Kubernetes API. Each description says what was wrong, where, and what to do about it.
package enum KubernetesError: Error, Equatable, Sendable {
    /// A manifest cannot be read. Lines are counted from 1; 0 stands for the file as a whole.
    case manifest(file: String, line: Int, reason: String)
    /// `source` is a file or the environment, and `field` what is wrong in it; nil stands for the source as a whole.
    case configuration(source: String, field: String?, reason: String)
    /// The files of a configuration cannot be used; the text says which ones, and why.
    case configurationFiles(String)
    /// The program does not run in a pod, because this environment variable is not set.
    case notInCluster(variable: String)
    /// The API server answered with a status other than 2xx.
    case refused(APIStatus)
    /// There is no connection, or it broke; `server` is the address that was tried.
    case connection(server: String, reason: String)
    /// `what` names the step that took longer than `limit`.
    case timedOut(what: String, server: String, limit: Duration)
    /// The server at this address does not have the paths of an API server.
    case notAnAPIServer(server: String)
    /// The answer is not what the API promises.
    case malformedAnswer(String)
    /// The answer, or a line of a watch, is longer than `limit` bytes.
    case answerTooLarge(limit: Int)
    /// An object of a list is longer than `limit` bytes by itself.
    case objectTooLarge(SkippedObject, Resource, limit: Int)
    /// The task was cancelled, or the program shuts down.
    case cancelled
}

extension KubernetesError: CustomStringConvertible {
    /// In bytes; only text from a peer could exceed it.
    private static let longestDescription = 2048

    package var description: String { text.cut(to: Self.longestDescription) }

    private var text: String {
        switch self {
        case .manifest(let file, 0, let reason): "\(file): \(reason)"
        case .manifest(let file, let line, let reason): "\(file):\(line): \(reason)"
        case .configuration(let source, let field?, let reason): "\(source): \(field): \(reason)"
        case .configuration(let source, nil, let reason): "\(source): \(reason)"
        case .configurationFiles(let text): text
        case .notInCluster(let variable):
            "not running in a cluster (\(variable) is not set); pass --kubeconfig FILE, --kube-api URL, or "
                + "--service-accounts FILE"
        case .refused(let status): "the API server refused: \(status)"
        case .connection(let server, let reason): "the connection to the API server at \(server) failed: \(reason)"
        case .timedOut(let what, let server, let limit):
            "the API server at \(server) did not finish \(what) within \(limit.formattedSeconds)"
        case .notAnAPIServer(let server):
            "\(server) does not answer like a Kubernetes API server; check the kubeconfig or --kube-api"
        case .malformedAnswer(let reason): "the API server's answer cannot be read: \(reason)"
        case .answerTooLarge(let limit): "the API server's answer is larger than \(limit) bytes"
        case .objectTooLarge(let object, let resource, let limit):
            "\(resource.plural) \(object.name) is larger than \(limit) bytes: make it smaller, or delete it"
        case .cancelled: "cancelled"
        }
    }
}

extension KubernetesError {
    /// The status that the API server refused with.
    private var code: Int? {
        if case .refused(let status) = self { status.code } else { nil }
    }

    /// The answer was "gone" (410): a resource version or a continue token is too old.
    package var isGone: Bool { code == 410 }

    package var isNotFound: Bool { code == 404 }

    /// Another client was faster: the object exists (409 `AlreadyExists`), or its resource version is not the one in a
    /// patch (409 `Conflict`). A `test` of a JSON patch that fails is a 422 `Invalid`, as is an invalid object.
    package var isConflict: Bool { code == 409 }

    /// A small number of kinds of failures, for places where very many may have to be logged: the status, or that there
    /// was none.
    package var kind: String { code.map { "\($0)" } ?? "no answer" }
}

extension Duration {
    /// The duration for messages: `50ms`, `1.5s`, `30s`.
    var formattedSeconds: String {
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        if seconds == 0 { return "\(milliseconds)ms" }
        return milliseconds < 100 ? "\(seconds)s" : "\(seconds).\(milliseconds / 100)s"
    }
}
