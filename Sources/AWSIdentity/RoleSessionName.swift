internal import JSON
internal import PodIdentity

/// The source of role session names, by which CloudTrail distinguishes sessions.
package enum RoleSessionName: String, CaseIterable, Sendable {
    /// The SDK generates a name.
    case ofSDK = "none"
    /// The name of the pod.
    case ofPod = "pod"

    /// The variable from which the SDKs read the name (SDKs and Tools Reference, "Assume role credential provider").
    static let variable = "AWS_ROLE_SESSION_NAME"

    /// The permitted number of characters (STS API reference, `RoleSessionName` of `AssumeRoleWithWebIdentity`).
    private static let lengths = 2...64

    /// The variable for a pod; nil if it gets none.
    ///
    /// A name that the API server generates has at most 63 characters. From a name that is too long, the end is kept,
    /// because that is where the pods of a workload differ.
    func variable(for pod: PodView) -> EnvironmentGroup.Variable? {
        guard self == .ofPod else { return nil }
        guard let name = pod.metadata?["name"]?.string, !name.isEmpty else {
            return EnvironmentGroup.Variable(Self.variable, fieldPath: "metadata.name")
        }
        // The API server rejects a pod whose name has characters other than lower-case letters, digits, "-" and ".".
        let length = name.utf8.count
        if Self.lengths.contains(length) {
            return EnvironmentGroup.Variable(Self.variable, fieldPath: "metadata.name")
        }
        let text = length < Self.lengths.lowerBound ? "pod-\(name)" : String(name.suffix(Self.lengths.upperBound))
        return EnvironmentGroup.Variable(Self.variable, EnvironmentGroup.Variable.escape(text))
    }
}
