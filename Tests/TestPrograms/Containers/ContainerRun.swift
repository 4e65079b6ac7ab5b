package import TestSupport

/// What a ``LocalContainer`` did.
package struct ContainerRun: Sendable, CustomStringConvertible {
    /// The exit status of its program.
    package let status: Int64
    package let output: String
    package let error: String
    /// The requests that reached the clouds, in order: `method`, `host` and `path`, the claims of a ServiceAccount
    /// token in the request, what else the cloud checks (see clouds.py), and `refused` if it was refused.
    package let calls: [APIObject]

    init(_ result: APIObject) {
        status = result["status"].integer ?? -1
        output = result["output"].string ?? ""
        error = result["error"].string ?? ""
        calls = result["calls"].elements
    }

    package var description: String { "\(output)\n\(error)\n\(calls.map(\.description).joined(separator: "\n"))" }

    /// The result of the SDK's script: an object, which has an `error` if the script failed, or null if there was none.
    package func result(of sdk: CloudSDK) -> APIObject {
        ((try? APIObject(json: output)) ?? .null)[sdk.rawValue]
    }

    /// The requests to a cloud that carried a ServiceAccount token.
    package func calls(to sdk: CloudSDK) -> [APIObject] { calls.filter { $0["cloud"].string == sdk.rawValue } }

    /// The tokens that a cloud received.
    package func tokens(shownTo sdk: CloudSDK) -> [ShownToken] { calls(to: sdk).map(ShownToken.init) }
}

/// A ServiceAccount token as a cloud saw it.
package struct ShownToken: Sendable, Equatable, CustomStringConvertible {
    let audiences: [String]
    let subject: String?
    let pod: String?
    let refusal: String?

    init(_ call: APIObject) {
        audiences = call["audience"].elements.compactMap(\.string)
        subject = call["subject"].string
        pod = call["pod"].string
        refusal = call["refused"].string
    }

    private init(audience: String, pod: APIObject) throws {
        audiences = [audience]
        subject = try pod.tokenSubject
        self.pod = pod["metadata"]["name"].string
        refusal = nil
    }

    /// A token that its cloud accepted: for this audience, of the pod's ServiceAccount, and bound to the pod.
    package static func accepted(for audience: String, of pod: APIObject) throws -> ShownToken {
        try ShownToken(audience: audience, pod: pod)
    }

    package var isAccepted: Bool { refusal == nil }

    package var description: String {
        "\(audiences) of \(subject ?? "?") in \(pod ?? "no pod")\(refusal.map { ", refused: \($0)" } ?? "")"
    }
}

extension APIObject {
    /// The subject of this pod's tokens.
    var tokenSubject: String {
        get throws {
            guard let namespace = self["metadata"]["namespace"].string,
                let account = self["spec"]["serviceAccountName"].string
            else { throw ContainerError.unsupported("pod without a ServiceAccount", self) }
            return "system:serviceaccount:\(namespace):\(account)"
        }
    }
}
