internal import JSON
internal import KubernetesObjects
package import PodIdentity
internal import ProviderSupport

/// Workload identity federation: the pod gets a token from its cluster, which Google's client libraries and gcloud
/// exchange for direct access or for access as one of Google's service accounts.
package struct GoogleIdentityProvider: IdentityProvider {
    let settings: GoogleSettings
    let keys: GoogleKeys

    package init(settings: GoogleSettings) {
        self.settings = settings
        keys = GoogleKeys(settings)
    }

    package let cloud = "google"

    package var serviceAccountAnnotations: [String] { keys.ofServiceAccounts }

    package var annotationPrefix: String { settings.key("") }

    package func givesIdentity(_ annotations: Annotations) -> Bool { keys.giveIdentity(annotations) }

    package var podKeys: PodKeys? { PodKeys(prefixes: [annotationPrefix]) }

    package func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        let decision = decide(pod, inputs)
        // The container that runs gcloud has the same restrictions as all of the pod's own containers.
        if case .inject(let injection) = decision.outcome, !injection.containers.isEmpty { return decision }
        return decision.within(.podsAlike)
    }

    private func decide(_ pod: PodView, _ inputs: DecisionInputs) -> Decision {
        guard let account = pod.serviceAccount else { return Decision(.leaveAlone(.noServiceAccount)) }
        switch inputs.serviceAccount {
        case .known(let annotations):
            guard keys.giveIdentity(annotations) else { return Decision(.leaveAlone(.noIdentity)) }
            do throws(MalformedAnnotation) {
                return try decide(pod, annotations)
            } catch {
                return Decision(.deny(Denial(.invalidSetting, "no Google identity can be given: \(error.message)")))
            }
        case .absent: return Decision(.leaveAlone(.serviceAccountNotFound))
        case .unknown: return Decision(.needs(.serviceAccount(account)))
        case .unavailable(let reason):
            return Decision(
                .leaveAlone(.serviceAccountUnavailable),
                warnings: ["no identity is given: the ServiceAccount \(account) could not be looked up: \(reason)"]
            )
        }
    }

    private func decide(_ pod: PodView, _ annotations: Annotations) throws(MalformedAnnotation) -> Decision {
        let account = try keys.account(annotations)
        var warnings = keys.warnings(of: account, annotations)
        let own = try keys.expiration(of: pod)
        try keys.checkSkippedContainers(of: pod)
        let wanted = own ?? account.expiration ?? settings.tokenExpiration.seconds
        let expiration = max(wanted, GoogleSettings.minimumExpiration)
        if own != nil { warnings += GoogleKeys.warnings(ofExpiration: wanted, "the pod's \(keys.expiration)") }
        var mode = account.mode ?? settings.mode
        if mode == .gcloud, pod.isForWindows {
            warnings.append("the mode is direct, because gcloud's init container does not run on Windows: \(keys.mode)")
            mode = .direct
        }
        let injection = injection(account, mode, expiration, pod, annotations)
        return Decision(.inject(injection), warnings: warnings)
    }
}
