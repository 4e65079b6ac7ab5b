internal import ArgumentParser
internal import Diagnosis

extension AzureOptions {
    /// Reports the variables that affect identities but are unknown, because the webhook's pods get them from a source
    /// that is not read, such as a Secret.
    ///
    /// - Throws: `ValidationError` if the tenant is one of them: without it, it is unknown what pods get.
    func unknownVariables(of pod: RunningWebhook.Pod) throws -> [Finding] {
        let variables = pod.variables
        let unknown = variablesInUse.filter { variable in
            let first = variable.names.first {
                variables.elsewhere.contains($0) || !(variables.known[$0] ?? "").isEmpty
            }
            return first.map(variables.elsewhere.contains) ?? false
        }
        let hasTenant = !azureTenantId.isEmpty || Variable.tenantID.names.contains { variables.known[$0] != nil }
        let isFlagUnknown = pod.unresolved.contains { $0.hasPrefix("--azure-tenant-id") }
        guard !unknown.contains(.tenantID), hasTenant || !(variables.haveMore || isFlagUnknown) else {
            throw ValidationError(
                "the webhook's pods take the Azure tenant from a Secret or another place that is not read here; "
                    + "pass it with --azure-tenant-id"
            )
        }
        guard !unknown.isEmpty else { return [] }
        let message =
            "the webhook has \(unknown.map(\.rawValue).joined(separator: ", ")) from a Secret or another place that is not read "
            + "here, so their defaults are assumed, unless the corresponding flags are given here"
        return [Finding(.flags, .unknown, .flagsUnreadable, pod.name, message)]
    }
}
