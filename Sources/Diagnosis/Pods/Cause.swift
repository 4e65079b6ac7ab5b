internal import KubernetesObjects

/// Why a pod does not have the identity that it should have, or would not get it.
struct Cause {
    let status: Finding.Status
    let code: Finding.Code
    let reason: String
    /// The part of the reason that applies to all pods of a workload, without times.
    let commonReason: String
    let remedy: Remedy?

    init(
        _ status: Finding.Status,
        _ code: Finding.Code,
        _ reason: String,
        common commonReason: String? = nil,
        remedy: Remedy? = nil
    ) {
        self.status = status
        self.code = code
        self.reason = reason
        self.commonReason = commonReason ?? reason
        self.remedy = remedy
    }

    static let unknownRegistration = "the cause is unknown without the registration"

    static let notRegistered = Cause(
        .problem,
        .notRegistered,
        "no webhook is registered for new pods",
        remedy: Remedy(RegistrationCheck.installCommand)
    )

    static func excludedNamespace(_ namespace: String, _ selector: LabelSelector) -> Cause {
        let remedy = Remedy("kubectl get namespace \(namespace) --show-labels", note: "its labels must be: \(selector)")
        return Cause(.problem, .namespaceExcluded, "the registration excludes its namespace", remedy: remedy)
    }
}
