internal import Kubernetes
internal import KubernetesObjects

/// Whether the API server calls the webhook for new pods, and no other one beside it.
struct RegistrationCheck {
    /// Of the MutatingWebhookConfiguration that is the webhook's.
    let name: String

    /// The command that makes what is missing.
    static let installation = "kubectl apply -f deploy/pod-identity-webhook.yaml"

    func findings(_ all: [Registration]) -> [Finding] {
        let others = all.filter { $0.name != name && $0.looksLikePodIdentity }.map(other)
        guard let registration = all.first(where: { $0.name == name }) else {
            return [missing(others.isEmpty)] + others
        }
        let entries = registration.entries.filter(\.coversPodCreation)
        guard !entries.isEmpty else { return [uncovered] + others }
        return entries.flatMap { describe($0) } + lesser(registration.ownEntries) + others
    }

    private func missing(_ isAlone: Bool) -> Finding {
        Finding(
            .registration,
            .problem,
            .notRegistered,
            name,
            "there is no such MutatingWebhookConfiguration: no pod gets an identity"
                + (isAlone ? "" : " from this webhook"),
            remedy: "\(Self.installation)  # or name it: --webhook-configuration NAME"
        )
    }

    private var uncovered: Finding {
        Finding(
            .registration,
            .problem,
            .podsNotCovered,
            name,
            "no rule covers the creation of pods (operation CREATE, group \"\", version v1, resource pods)",
            remedy: Self.installation
        )
    }

    private func describe(_ entry: Registration.Entry) -> [Finding] {
        var parts = [
            "called for new pods at \(entry.target)",
            "failurePolicy \(entry.ignoresFailure ? "Ignore" : "Fail")",
            "reinvocationPolicy \(entry.isReinvoked ? "IfNeeded" : "Never")",
            "timeout \(entry.timeoutSeconds)s",
        ]
        for (name, selector) in [("namespaces", entry.namespaceSelector), ("pods", entry.objectSelector)] {
            guard let selector, !selector.requirements.isEmpty else { continue }
            parts.append("\(name) with \(selector)")
        }
        if entry.hasMatchConditions { parts.append("matchConditions") }
        let found = Finding(.registration, .ok, .registered, name, parts.joined(separator: ", "))
        return entry.isReinvoked ? [found] : [found, notReinvoked(entry)]
    }

    /// What pods can be created without.
    private func lesser(_ entries: [Registration.Entry]) -> [Finding] {
        var findings: [Finding] = []
        if !entries.contains(where: \.coversEphemeralContainers) {
            let message =
                "no rule covers ephemeral containers (operation UPDATE, group \"\", version v1, resource "
                + "pods/ephemeralcontainers): those of kubectl debug get no identity"
            findings.append(
                Finding(
                    .registration,
                    .warning,
                    .ephemeralContainersNotCovered,
                    name,
                    message,
                    remedy: Self.installation
                )
            )
        }
        if !entries.contains(where: \.coversServiceAccounts) {
            let message = "nobody is warned who writes a ServiceAccount: no rule covers serviceaccounts"
            findings.append(Finding(.registration, .ok, .serviceAccountsNotCovered, name, message))
        }
        return findings
    }

    private func notReinvoked(_ entry: Registration.Entry) -> Finding {
        Finding(
            .registration,
            .warning,
            .notReinvoked,
            name,
            "reinvocationPolicy is Never: containers that other webhooks add afterwards get no identity",
            remedy: "kubectl patch mutatingwebhookconfiguration \(name) --type=strategic "
                + "-p '{\"webhooks\":[{\"name\":\"\(entry.name)\",\"reinvocationPolicy\":\"IfNeeded\"}]}'"
        )
    }

    private func other(_ registration: Registration) -> Finding {
        let targets = registration.entries.filter(\.coversPodCreation).map { "\($0.target)" }
        return Finding(
            .registration,
            .warning,
            .otherWebhook,
            registration.name,
            "another pod identity webhook is called for new pods too: \(targets.joined(separator: ", "))",
            remedy: "kubectl delete mutatingwebhookconfiguration \(registration.name)  # if it is not meant to be there"
        )
    }
}
