package import TestSupport

extension ControlPlane {
    /// Requests the token that the kubelet puts into the pod's volume. It is bound to the pod.
    /// - Parameter wanted: The volume's `serviceAccountToken`.
    package func token(for pod: APIObject, asking wanted: APIObject) async throws -> String {
        guard let account = pod["spec"]["serviceAccountName"].string,
            let namespace = pod["metadata"]["namespace"].string
        else { throw ControlPlaneError.unexpected("a pod without a ServiceAccount: \(pod)") }
        let audience = wanted["audience"].string ?? ""
        let request = APIObject.object([
            "apiVersion": .string("authentication.k8s.io/v1"),
            "kind": .string("TokenRequest"),
            "spec": .object([
                // An empty list means the API server's own audiences.
                "audiences": .array(audience.isEmpty ? [] : [.string(audience)]),
                "expirationSeconds": wanted["expirationSeconds"],
                "boundObjectRef": .object([
                    "apiVersion": .string("v1"), "kind": .string("Pod"),
                    "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"],
                ]),
            ]),
        ])
        let path = "/api/v1/namespaces/\(namespace)/serviceaccounts/\(account)/token"
        let answer = try await post(request.description, to: path)
        guard let token = answer["status"]["token"].string else {
            throw ControlPlaneError.unexpected("the TokenRequest gave no token: \(answer)")
        }
        return token
    }
}
