internal import JSON
internal import PodIdentity

/// What the sessions of a role are called, by which CloudTrail tells them apart.
package enum RoleSessionName: String, CaseIterable, Sendable {
    /// The SDK makes a name up.
    case ofSDK = "none"
    /// The name of the pod.
    case ofPod = "pod"

    /// The variable that the SDKs take the name from (SDKs and Tools Reference, "Assume role credential provider").
    static let variable = "AWS_ROLE_SESSION_NAME"

    /// How many characters a name has (STS API reference, `RoleSessionName` of `AssumeRoleWithWebIdentity`).
    private static let lengths = 2...64

    /// The variable for a pod; nil if it gets none.
    ///
    /// A name that the API server generates has at most 63 characters. One that is too long keeps its end, where the pods of a
    /// workload differ.
    func variable(for pod: PodView) -> EnvironmentGroup.Variable? {
        guard self == .ofPod else { return nil }
        guard let name = pod.metadata?["name"]?.string, !name.isEmpty else {
            return EnvironmentGroup.Variable(Self.variable, fieldPath: "metadata.name")
        }
        // The API server refuses a pod with other characters in its name than lower-case letters, digits, "-" and ".".
        let length = name.utf8.count
        if Self.lengths.contains(length) {
            return EnvironmentGroup.Variable(Self.variable, fieldPath: "metadata.name")
        }
        let text = length < Self.lengths.lowerBound ? "pod-\(name)" : String(name.suffix(Self.lengths.upperBound))
        return EnvironmentGroup.Variable(Self.variable, EnvironmentGroup.Variable.escape(text))
    }
}
