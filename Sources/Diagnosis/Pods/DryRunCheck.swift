internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOHTTP1
internal import PodIdentity

/// Whether a new pod of each ServiceAccount with a role would get it: asks the API server for one, by a dry run, which
/// goes the whole way through the webhook.
struct DryRunCheck: Sendable {
    let cluster: ClusterView
    let client: APIClient

    /// Dry runs at a time.
    private static let concurrency = 8
    /// After so many failures of the connection or of the call to the webhook with the same words, the rest would fail too.
    private static let failureLimit = 5

    /// What a dry run said. `failure` is the same for what fails for the same cause.
    private struct Result {
        let finding: Finding
        var failure: String?
    }

    func findings(_ accounts: [NamespacedName]) async -> [Finding] {
        var rest = accounts[...]
        var findings: [Finding] = []
        var failures: [String: Int] = [:]
        var fatal: String?
        await withTaskGroup(of: Result.self) { tasks in
            for account in rest.prefix(Self.concurrency) { tasks.addTask { await run(account) } }
            rest = rest.dropFirst(Self.concurrency)
            while let result = await tasks.next() {
                findings.append(result.finding)
                if let failure = result.failure {
                    failures[failure, default: 0] += 1
                    if failures[failure, default: 0] >= Self.failureLimit { fatal = failure }
                }
                guard fatal == nil, let account = rest.popFirst() else { continue }
                tasks.addTask { await run(account) }
            }
        }
        findings.sort { $0.subject < $1.subject }
        guard let fatal, !rest.isEmpty else { return findings }
        return findings + [stopped(rest.count, fatal)]
    }

    private func stopped(_ count: Int, _ failure: String) -> Finding {
        Finding(
            .serviceAccounts,
            .unknown,
            .dryRunsStopped,
            "\(count) more",
            "not asked for, because \(Self.failureLimit) dry runs failed in the same way: \(failure)"
        )
    }

    // MARK: One dry run

    private func run(_ account: NamespacedName) async -> Result {
        let request = APIRequest(
            .POST,
            path: "/api/v1/namespaces/\(account.namespace)/pods",
            query: [("dryRun", "All")],
            body: ("application/json", ByteBuffer(bytes: DryRunPod.json(account)))
        )
        do throws(KubernetesError) {
            let answer = try await client.send(request)
            let warnings = answer.headers[canonicalForm: "Warning"].joined(separator: ",")
            let texts = WarningHeader.texts(warnings)
            return Result(finding: try answer.parse { try describe(account, $0, texts) })
        } catch {
            return failed(account, error)
        }
    }

    private func describe(_ account: NamespacedName, _ answer: JSONValue, _ warnings: [String]) throws -> Finding {
        let pod = try PodView(answer, namespace: account.namespace)
        let said = warnings.isEmpty ? "" : "; the API server warns: \(warnings.joined(separator: "; "))"
        switch cluster.examine(pod) {
        case .complete(let identity), .ownCredentials(let identity, _):
            return Finding(
                .serviceAccounts,
                warnings.isEmpty ? .ok : .warning,
                warnings.isEmpty ? .dryRunInjected : .dryRunWarned,
                "\(account)",
                "a new pod gets \(identity)\(said)"
            )
        case .lacking(let gap): return missing(account, gap, ObjectView(answer).metadata.labels, said)
        case .leftAlone(let reason):
            let message = "a new pod is left alone: \(reason)\(said)"
            return Finding(.serviceAccounts, .unknown, .dryRunRefused, "\(account)", message)
        case .undecided:
            return Finding(.serviceAccounts, .unknown, .dryRunRefused, "\(account)", "it was not found\(said)")
        }
    }

    private func missing(
        _ account: NamespacedName,
        _ gap: PodExamination.Gap,
        _ labels: [String: String],
        _ said: String
    ) -> Finding {
        func finding(_ status: Finding.Status, _ code: Finding.Code, _ why: String, _ remedy: String?) -> Finding {
            let message = "a new pod does not get \(gap.identity): \(why)\(said)"
            return Finding(.serviceAccounts, status, code, "\(account)", message, remedy: remedy)
        }
        guard cluster.isRegistrationKnown else {
            return finding(.problem, .notInjected, "why cannot be told without the registration", nil)
        }
        guard let entry = cluster.entry else {
            return finding(
                .problem,
                .notRegistered,
                "no webhook is registered for new pods",
                RegistrationCheck.installation
            )
        }
        switch cluster.exclusion(namespace: account.namespace, labels: labels) {
        case .namespace(let selector):
            let remedy = "kubectl get namespace \(account.namespace) --show-labels  # must be: \(selector)"
            return finding(.problem, .namespaceExcluded, "the registration leaves its namespace out", remedy)
        case .object(let selector):
            let why = "the registration selects pods by labels, \(selector), which the pod of this check has not"
            return finding(.unknown, .objectExcluded, why, nil)
        case nil: break
        }
        if entry.hasMatchConditions {
            let why = "the registration has matchConditions, which may leave it out"
            return finding(.unknown, .objectExcluded, why, nil)
        }
        let why =
            entry.ignoresFailure
            ? "the webhook did not answer, which failurePolicy Ignore hides, or it does not know the role"
            : "the webhook answered without it"
        return finding(.problem, .notInjected, why, logs(entry))
    }

    private func logs(_ entry: Registration.Entry) -> String? {
        guard case .service(let namespace, let name, _, _) = entry.target else { return nil }
        return "kubectl -n \(namespace) logs --tail=50 service/\(name)"
    }

    private func failed(_ account: NamespacedName, _ error: KubernetesError) -> Result {
        guard case .refused(let status) = error else {
            let finding = Finding(.serviceAccounts, .unknown, .dryRunRefused, "\(account)", "\(error)")
            return Result(finding: finding, failure: "\(error)")
        }
        let text = status.message ?? "\(status)"
        if let entry = cluster.entry, text.contains("failed calling webhook \"\(entry.name)\"") {
            let message = "the API server cannot call the webhook: \(text)"
            let finding = Finding(
                .serviceAccounts,
                .problem,
                .webhookFailed,
                "\(account)",
                message,
                remedy: logs(entry)
            )
            return Result(finding: finding, failure: text)
        }
        let mayNot = status.code == 403 && text.contains("cannot create resource")
        let finding = Finding(
            .serviceAccounts,
            .unknown,
            .dryRunRefused,
            "\(account)",
            "the API server refused the dry run: \(text)",
            remedy: mayNot ? Doctor.accessCommand : nil
        )
        return Result(finding: finding)
    }
}

/// The `Warning` header (RFC 7234, section 5.5), in which the API server passes on what webhooks warn of.
enum WarningHeader {
    /// The quoted texts of all warnings.
    static func texts(_ header: String) -> [String] {
        var texts: [String] = []
        var text: String?
        var isEscaped = false
        for character in header {
            switch (text, character) {
            case (nil, "\""): text = ""
            case (nil, _): break
            case (_, _) where isEscaped:
                text?.append(character)
                isEscaped = false
            case (_, "\\"): isEscaped = true
            case (let whole?, "\""):
                texts.append(whole)
                text = nil
            default: text?.append(character)
            }
        }
        return texts
    }
}
