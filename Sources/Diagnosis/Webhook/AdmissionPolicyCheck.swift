package import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore

/// What a MutatingAdmissionPolicy must be like to do the same as the webhook with its flags.
package struct ExpectedPolicy: Sendable {
    var spec: JSONTree
    /// The key of the annotation of ServiceAccounts that such a policy reads.
    var roleAnnotation: String
    /// The arguments of `pod-identity-webhook policy` that print it.
    var arguments: [String]

    package init(spec: JSONTree, roleAnnotation: String, arguments: [String]) {
        self.spec = spec
        self.roleAnnotation = roleAnnotation
        self.arguments = arguments
    }
}

/// Checks whether the API server itself injects roles, and whether it does so in the same way as the webhook.
struct AdmissionPolicyCheck {
    let expected: ExpectedPolicy
    /// The command that recreates the policy; nil if the chart did not create it.
    let chartCommand: ShellCommand?

    static let path = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies"
    static let bindingsPath = "/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings"
    private static let installedBy = "app.kubernetes.io/instance"

    static let unsupported = Finding.Topic(.registration, "MutatingAdmissionPolicy").ok(
        .policyUnsupported,
        "the API server has no such policies in v1 (Kubernetes 1.36 and later have them), so only the webhook gives roles"
    )

    /// - Parameters:
    ///   - policies: The items of the list.
    ///   - bound: The names of the policies that bindings refer to.
    func findings(_ policies: [JSONTree], bound: Set<String>) -> [Finding] {
        let own = policies.filter(readsRoles)
        guard !own.isEmpty else {
            let message = "no policy gives roles while the webhook does not answer: \(printCommand.text) prints one"
            return [Finding.Topic(.registration, "MutatingAdmissionPolicy").ok(.policyNotInstalled, message)]
        }
        return own.flatMap { findings(of: $0, bound: bound) }
    }

    private var printCommand: ShellCommand {
        .words(["pod-identity-webhook", "policy"], options: expected.arguments)
    }

    /// Whether it is for the same ServiceAccounts as the webhook.
    private func readsRoles(_ policy: JSONTree) -> Bool {
        guard policy[path: ["spec", "paramKind", "kind"]]?.string == "ServiceAccount" else { return false }
        let key = JSONString(expected.roleAnnotation).lexeme
        let conditions = policy[path: ["spec", "matchConditions"]]?.elements ?? []
        return conditions.contains { $0["expression"]?.string?.contains(key) ?? false }
    }

    private func findings(of policy: JSONTree, bound: Set<String>) -> [Finding] {
        let name = policy[path: ["metadata", "name"]]?.string ?? ""
        let topic = Finding.Topic(.registration, name)
        let isOfChart = policy[path: ["metadata", "labels"]]?[Self.installedBy] != nil
        let remedy = isOfChart ? chartCommand : nil
        let apply = Remedy(remedy ?? "\(printCommand) --name \(name) | kubectl apply -f -")
        var findings: [Finding] = []
        if !bound.contains(name) {
            let message = "no MutatingAdmissionPolicyBinding refers to the policy, so the API server does not use it"
            findings.append(topic.warning(.policyNotBound, message, remedy: apply))
        }
        let differences = differences(policy["spec"] ?? .null)
        if !differences.isEmpty {
            let message =
                "the policy differs from what the webhook's flags produce (\(differences.joined(separator: ", "))): a pod created "
                + "while the webhook does not answer gets something else"
            findings.append(topic.warning(.policyDiffers, message, remedy: apply))
        }
        let message =
            "a MutatingAdmissionPolicy makes the API server give roles too, in the same way as the webhook"
        return findings.isEmpty ? [topic.ok(.policyInstalled, message)] : findings
    }

    /// The places in the `spec` that differ, apart from what the API server or others add.
    private func differences(_ spec: JSONTree) -> [String] {
        var differences: [String] = []
        for member in expected.spec.members ?? [] {
            let own = spec[member.key.value] ?? .null
            guard !own.includes(member.value) else { continue }
            let names = (member.value.elements ?? []).compactMap { element -> String? in
                guard let name = element["name"]?.string else { return nil }
                let other = own.elements?.first { $0["name"]?.string == name }
                return other?["expression"]?.string == element["expression"]?.string ? nil : name
            }
            differences.append(
                names.isEmpty ? member.key.value : "\(member.key.value): \(names.joined(separator: ", "))"
            )
        }
        return differences
    }
}

extension JSONTree {
    /// As the same method for views: a tree that was written can be parsed.
    fileprivate func includes(_ other: JSONTree) -> Bool {
        (try? JSONParser().parse(bytes) { $0.includes(other) }) ?? false
    }
}

extension Doctor {
    func examinePolicy(
        _ survey: Survey,
        _ setup: DoctorSetup,
        _ report: inout Report
    ) async throws(KubernetesError) {
        guard let expected = setup.policy else { return }
        let configuration = survey.configuration(options.webhookConfiguration)
        let command = configuration.flatMap { configuration -> ShellCommand? in
            guard case .chart(let release) = configuration.origin else { return nil }
            return MutatingWebhookConfiguration.upgradeCommand(release, values: ["admissionPolicy.enabled=true"])
        }
        let check = AdmissionPolicyCheck(expected: expected, chartCommand: command)
        let findings = try await report.attempt(.registration) { () async throws(KubernetesError) in
            guard let policies = try await list(AdmissionPolicyCheck.path) else {
                return [AdmissionPolicyCheck.unsupported]
            }
            let bindings = try await list(AdmissionPolicyCheck.bindingsPath) ?? []
            let bound = Set(bindings.compactMap { $0[path: ["spec", "policyName"]]?.string })
            return check.findings(policies, bound: bound)
        }
        report.add(findings ?? [])
    }

    /// The items of a list; nil if the API server does not have it.
    private func list(_ path: String) async throws(KubernetesError) -> [JSONTree]? {
        let response: APIResponse
        do {
            response = try await client.get(path)
        } catch {
            guard case .refused(let status) = error, status.code == 404 else { throw error }
            return nil
        }
        do {
            return try JSONTree(parsing: response.body.readableBytesView)["items"]?.elements ?? []
        } catch {
            throw .malformedAnswer("\(error)")
        }
    }
}
