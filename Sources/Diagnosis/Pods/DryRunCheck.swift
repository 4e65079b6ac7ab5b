internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOHTTP1
internal import PodIdentity

/// Checks that a new pod of each ServiceAccount with a role would get the role. A server-side dry run, which the API server
/// also sends to the webhook, tells.
struct DryRunCheck: Sendable {
    let cluster: ClusterView
    let client: APIClient

    /// The number of dry runs at the same time.
    private static let concurrency = 8
    /// After this many connections or calls to the webhook have failed with the same message, the others would fail, too.
    private static let failureLimit = 5

    private struct Result {
        let finding: Finding
        /// The message of a failure that other dry runs may share.
        var failure: String?
    }

    /// - Parameters:
    ///   - name: The name of the only ServiceAccount to try; nil for all.
    ///   - place: Where ServiceAccounts were looked for, in words.
    func findings(named name: String?, place: String) async -> [Finding] {
        let accounts = cluster.accounts.keys.filter { account in
            (name == nil || account.name == name) && hasRole(account)
        }
        guard !accounts.isEmpty else {
            let what = name.map { "no ServiceAccount \($0)" } ?? "no ServiceAccount"
            let topic = Finding.Topic(.serviceAccounts, place)
            return [topic.ok(.noRoles, "\(what) has a role, so there is nothing to try")]
        }
        return await findings(accounts.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) })
    }

    /// Whether a pod of the ServiceAccount should get an identity.
    private func hasRole(_ account: NamespacedName) -> Bool {
        let examination = try? JSONParser().parse(DryRunPod.plain(account).json) { pod in
            cluster.examine(try PodView(pod, namespace: account.namespace))
        }
        guard case .lacking = examination else { return false }
        return true
    }

    private func findings(_ accounts: [NamespacedName]) async -> [Finding] {
        var rest = accounts[...]
        var findings: [Finding] = []
        var failures: [String: Int] = [:]
        var commonFailure: String?
        await withTaskGroup(of: Result.self) { tasks in
            for account in rest.prefix(Self.concurrency) { tasks.addTask { await run(account) } }
            rest = rest.dropFirst(Self.concurrency)
            while let result = await tasks.next() {
                findings.append(result.finding)
                if let failure = result.failure {
                    failures[failure, default: 0] += 1
                    if failures[failure, default: 0] >= Self.failureLimit { commonFailure = failure }
                }
                guard commonFailure == nil, let account = rest.popFirst() else { continue }
                tasks.addTask { await run(account) }
            }
        }
        findings.sort { $0.subject < $1.subject }
        guard let commonFailure, !rest.isEmpty else { return findings }
        let message = "not asked for, because \(Self.failureLimit) dry runs failed in the same way: \(commonFailure)"
        return findings + [Finding.Topic(.serviceAccounts, "\(rest.count) more").unknown(.dryRunsStopped, message)]
    }

    // MARK: One dry run

    private func run(_ account: NamespacedName) async -> Result {
        if let malformed = cluster.malformedRole(of: account) { return Result(finding: malformed) }
        let request = APIRequest(
            .POST,
            path: "/api/v1/namespaces/\(account.namespace)/pods",
            query: [("dryRun", "All")],
            body: ("application/json", ByteBuffer(bytes: DryRunPod.plain(account).json))
        )
        do throws(KubernetesError) {
            let response = try await client.send(request)
            let warnings = WarningHeader.texts(response.headers[canonicalForm: "Warning"].joined(separator: ","))
            return Result(finding: try response.parse { try finding(account, $0, warnings) })
        } catch {
            return failure(account, error)
        }
    }

    private func finding(_ account: NamespacedName, _ response: JSONValue, _ warnings: [String]) throws -> Finding {
        let topic = Finding.Topic(.serviceAccounts, "\(account)")
        let warned = warnings.isEmpty ? "" : "; the API server warns: \(warnings.joined(separator: "; "))"
        switch cluster.examine(try PodView(response, namespace: account.namespace)) {
        case .complete(let identity), .ownCredentials(let identity, _):
            let message = "a new pod gets \(identity)\(cluster.trustNeeded(by: account))\(warned)"
            return warnings.isEmpty ? topic.ok(.dryRunInjected, message) : topic.warning(.dryRunWarned, message)
        case .lacking(let gap):
            let cause = cause(namespace: account.namespace, labels: ObjectView(response).metadata.labels)
            let message = "a new pod does not get \(gap.identity): \(cause.reason)\(warned)"
            return topic.finding(cause.status, cause.code, message, remedy: cause.remedy)
        case .leftAlone(let reason): return topic.unknown(.dryRunRefused, "a new pod is left alone: \(reason)\(warned)")
        case .undecided: return topic.unknown(.dryRunRefused, "it was not found\(warned)")
        }
    }

    private func cause(namespace: String, labels: [String: String]) -> Cause {
        guard cluster.isRegistrationKnown else { return Cause(.problem, .notInjected, Cause.unknownRegistration) }
        guard let webhook = cluster.podWebhook else { return .notRegistered }
        switch cluster.exclusion(namespace: namespace, labels: labels) {
        case .namespace(let selector): return .excludedNamespace(namespace, selector)
        case .object(let selector):
            let reason = "the registration selects pods by labels (\(selector)) that the pod of this check lacks"
            return Cause(.unknown, .objectExcluded, reason)
        case nil: break
        }
        if webhook.hasMatchConditions {
            return Cause(.unknown, .objectExcluded, "the registration has matchConditions, which may leave it out")
        }
        let reason =
            webhook.failurePolicy == .ignore
            ? "the webhook did not answer, which failurePolicy Ignore hides, or it does not know the role"
            : "the webhook answered without it"
        return Cause(.problem, .notInjected, reason, remedy: logsCommand(webhook))
    }

    private func logsCommand(_ webhook: MutatingWebhookConfiguration.Webhook) -> String? {
        guard case .service(let service, _, _) = webhook.target else { return nil }
        return "kubectl -n \(service.namespace) logs --tail=50 service/\(service.name)"
    }

    private func failure(_ account: NamespacedName, _ error: KubernetesError) -> Result {
        let topic = Finding.Topic(.serviceAccounts, "\(account)")
        guard case .refused(let status) = error else {
            return Result(finding: topic.unknown(.dryRunRefused, "\(error)"), failure: "\(error)")
        }
        let text = status.message ?? "\(status)"
        if let webhook = cluster.podWebhook, text.contains("failed calling webhook \"\(webhook.name)\"") {
            let message = "the API server cannot call the webhook: \(text)"
            let finding = topic.problem(.webhookFailed, message, remedy: logsCommand(webhook))
            return Result(finding: finding, failure: text)
        }
        let isForbidden = status.code == 403 && text.contains("cannot create resource")
        let message = "the API server refused the dry run: \(text)"
        return Result(finding: topic.unknown(.dryRunRefused, message, remedy: isForbidden ? Doctor.accessCommand : nil))
    }
}
