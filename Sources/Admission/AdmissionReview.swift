internal import JSON
internal import KubernetesObjects

/// A borrowed view of an AdmissionReview (`admission.k8s.io`, v1 or v1beta1) that the API server sends.
struct AdmissionReview {
    /// The version of the review; the response must have the same.
    let apiVersion: String
    let uid: String
    let namespace: String
    let isDryRun: Bool
    /// The subject of the request.
    let subject: Subject

    enum Subject {
        case podCreation(pod: JSONValue)
        /// The request is an UPDATE of `pods/ephemeralcontainers`.
        case ephemeralContainers(pod: JSONValue, old: JSONValue?)
        /// The request is a CREATE or UPDATE of a ServiceAccount.
        case serviceAccount(JSONValue, name: String)
        /// The request is about something that the webhook does not change.
        case other
    }

    static let apiVersions = ["admission.k8s.io/v1", "admission.k8s.io/v1beta1"]

    init(_ root: JSONValue) throws(AdmissionError) {
        guard root.kind == .object else { throw .malformedReview("the body is not a JSON object") }
        guard let kind = root["kind"]?.text, kind == "AdmissionReview" else {
            throw .malformedReview("kind must be AdmissionReview")
        }
        let version = root["apiVersion"]?.text
        guard let version, let apiVersion = Self.apiVersions.first(where: { version == $0 }) else {
            throw .malformedReview("apiVersion must be \(Self.apiVersions.joined(separator: " or "))")
        }
        guard let request = root["request"], request.kind == .object else {
            throw .malformedReview("request must be an object")
        }
        guard let uid = try Self.name("uid", of: request), !uid.isEmpty else {
            throw .malformedReview("request.uid must be a string that is not empty")
        }
        self.apiVersion = apiVersion
        self.uid = uid
        namespace = try Self.name("namespace", of: request) ?? ""
        isDryRun = request["dryRun"]?.bool ?? false
        subject = try Self.subject(of: request)
    }

    private static func subject(of request: JSONValue) throws(AdmissionError) -> Subject {
        switch (resource(of: request), Subresource(of: request), Operation(of: request)) {
        case (.pods, .none, .create):
            return .podCreation(pod: try object(of: request, "the pod"))
        case (.pods, .ephemeralContainers, .update):
            let old = request["oldObject"].flatMap { $0.kind == .object ? $0 : nil }
            return .ephemeralContainers(pod: try object(of: request, "the pod"), old: old)
        case (.serviceAccounts, .none, .create), (.serviceAccounts, .none, .update):
            let account = try object(of: request, "the ServiceAccount")
            let metadata = account["metadata"] ?? account
            let own = try name("name", of: metadata, "request.object.metadata")
            let requested = try name("name", of: request)
            return .serviceAccount(account, name: own ?? requested ?? "")
        default:
            return .other
        }
    }

    /// A text that is kept longer than the request, so its length is limited; nil if the field is not a string.
    private static func name(
        _ field: StaticString,
        of object: JSONValue,
        _ place: String = "request"
    ) throws(AdmissionError) -> String? {
        guard let text = object[field]?.text else { return nil }
        guard text.utf8.count <= NamespacedName.maximumBytes else {
            throw .malformedReview(
                "\(place).\(field) must have at most \(NamespacedName.maximumBytes) bytes, not \(text.utf8.count)"
            )
        }
        return text.string
    }

    private static func object(of request: JSONValue, _ meaning: String) throws(AdmissionError) -> JSONValue {
        guard let object = request["object"], object.kind == .object else {
            throw .malformedReview("request.object must be \(meaning)")
        }
        return object
    }

    private enum Resource { case pods, serviceAccounts, other }

    /// The resource that the request is about, if it is in version v1 of the core group.
    private static func resource(of request: JSONValue) -> Resource {
        if let resource = request["resource"], resource.kind == .object {
            guard isCore(resource), let name = resource["resource"]?.text else { return .other }
            return name == "pods" ? .pods : name == "serviceaccounts" ? .serviceAccounts : .other
        }
        guard let kind = request["kind"], kind.kind == .object, isCore(kind), let name = kind["kind"]?.text else {
            return .other
        }
        return name == "Pod" ? .pods : name == "ServiceAccount" ? .serviceAccounts : .other
    }

    private enum Subresource {
        case none, ephemeralContainers, other

        init(of request: JSONValue) {
            guard let name = request["subResource"]?.text, !name.isEmpty else {
                self = .none
                return
            }
            self = name == "ephemeralcontainers" ? .ephemeralContainers : .other
        }
    }

    private enum Operation {
        case create, update, other

        init(of request: JSONValue) {
            guard let name = request["operation"]?.text else {
                self = .create
                return
            }
            self = name == "CREATE" ? .create : name == "UPDATE" ? .update : .other
        }
    }

    /// Whether a resource or kind is in version v1 of the core group. A pod in another version could have a different
    /// structure.
    private static func isCore(_ groupVersion: JSONValue) -> Bool {
        let isCoreGroup = groupVersion["group"]?.text.map(\.isEmpty) ?? true
        return isCoreGroup && groupVersion["version"]?.text.map { $0 == "v1" } ?? true
    }
}

/// Why a request to `/mutate` is answered with HTTP 400. The failure policy of the webhook's registration then applies.
package enum AdmissionError: Error, Equatable, CustomStringConvertible {
    case malformedReview(String)
    case malformedJSON(String)
    case malformedPod(String)

    package var description: String {
        switch self {
        case .malformedReview(let problem), .malformedJSON(let problem), .malformedPod(let problem):
            "the AdmissionReview cannot be read: \(problem)"
        }
    }
}
