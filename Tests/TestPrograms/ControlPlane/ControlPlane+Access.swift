import TestSupport

/// An action on a resource: `Access("patch", "secrets", named: "tls")`.
package struct Access: Sendable, CustomStringConvertible {
    let verb: String
    let resource: String
    let group: String
    let name: String

    /// - Parameters:
    ///   - resource: In the form of RBAC rules: `pods`, or `pods/exec` for a subresource.
    ///   - name: Empty for all objects.
    package init(_ verb: String, _ resource: String, group: String = "", named name: String = "") {
        self.verb = verb
        self.resource = resource
        self.group = group
        self.name = name
    }

    package var description: String { "\(verb) \(resource) \(name)" }

    fileprivate func review(_ user: String, in namespace: String?) -> APIObject {
        let parts = resource.split(separator: "/", maxSplits: 1).map(String.init)
        let attributes: [String: APIObject] = [
            "verb": .string(verb), "group": .string(group), "resource": .string(parts[0]),
            "subresource": .string(parts.count > 1 ? parts[1] : ""), "name": .string(name),
            "namespace": .string(namespace ?? ""),
        ]
        return .object([
            "apiVersion": .string("authorization.k8s.io/v1"), "kind": .string("SubjectAccessReview"),
            "spec": .object(["user": .string(user), "resourceAttributes": .object(attributes)]),
        ])
    }
}

extension ControlPlane {
    /// Whether RBAC allows a user this action.
    /// - Parameter namespace: Nil for all namespaces, and for cluster-scoped resources.
    package func may(_ user: String, _ access: Access, in namespace: String? = nil) async throws -> Bool {
        try await may(user, [access], in: namespace) == [true]
    }

    /// Whether RBAC allows a user each of these actions, in order.
    package func may(_ user: String, _ accesses: [Access], in namespace: String? = nil) async throws -> [Bool] {
        let reviews = accesses.map { $0.review(user, in: namespace) }
        let list: APIObject = .object([
            "apiVersion": .string("v1"), "kind": .string("List"), "items": .array(reviews),
        ])
        let output = "jsonpath={.status.allowed}{\"\\n\"}"
        let answers = try await kubectl(["create", "-o", output, "-f", "-"], input: list.description)
        return answers.split(separator: "\n").map { $0 == "true" }
    }
}
