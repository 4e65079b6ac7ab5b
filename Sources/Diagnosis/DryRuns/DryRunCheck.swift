internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity

/// Checks that a new pod of each ServiceAccount with an identity would get it. It uses server-side dry runs, which the
/// API server also sends to the webhook.
struct DryRunCheck: Sendable {
    let cluster: ClusterView
    let client: APIClient
    /// The label that keeps the webhook away from a pod.
    let skipLabel: String
    /// An image that runs in the cluster; nil if none is known.
    let image: String?
    /// Whether it is acceptable that no ServiceAccount has an identity.
    let isNoneExpected: Bool

    /// The number of dry runs at the same time.
    private static let concurrency = 8

    /// The findings of the dry runs of several ServiceAccounts.
    struct Findings {
        var findings: [Finding] = []
        /// The tokens that new pods would request.
        var tokens: [TokenWish] = []
    }

    /// - Parameters:
    ///   - name: The name of the only ServiceAccount to try; nil for all.
    ///   - namespace: The only namespace in which ServiceAccounts were searched for; nil for all.
    func findings(named name: String?, in namespace: String?) async -> Findings {
        let named = cluster.accounts.keys.filter { name == nil || $0.name == name }
        let accounts = named.filter { cluster.hasIdentity($0) }
        guard !accounts.isEmpty else { return Findings(findings: [nothingToTry(named, name, namespace)]) }
        return await findings(accounts.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) })
    }

    /// There is no problem if nobody in the whole cluster has requested an identity.
    private func nothingToTry(_ accounts: [NamespacedName], _ name: String?, _ namespace: String?) -> Finding {
        let topic = Finding.Topic(.serviceAccounts, name ?? namespace ?? "all namespaces")
        let what = name.map { "no ServiceAccount \($0)" } ?? "no ServiceAccount"
        let prefixes = cluster.providers.annotationPrefixes(cluster.configurations).map { "\($0)…" }
        let noun = cluster.noun()
        let message =
            "\(what) has \(noun == "identity" ? "an" : "a") \(noun) by annotations "
            + "\(prefixes.joined(separator: ", ")), so nothing was tried"
        let isWhole = name == nil && namespace == nil
        let foreign = accounts.compactMap { cluster.accounts[$0]?.foreignRole }.sorted()
        guard let first = foreign.first else {
            return topic.finding(isNoneExpected ? .ok : isWhole ? .warning : .unknown, .noRoles, message)
        }
        let prefix = String(first.prefix { $0 != "/" })
        let remedy = flag(for: first).map {
            Remedy(
                "pod-identity-webhook doctor \(ShellCommand(stringLiteral: $0)) \(prefix)",
                note: "if the webhook has it too"
            )
        }
        return topic.finding(
            isNoneExpected || isWhole ? .warning : .unknown,
            .noRoles,
            "\(message); there are annotations of another prefix, such as \(first)",
            remedy: remedy
        )
    }

    /// The flag with the annotation prefix of a cloud that reads an annotation of this name.
    private func flag(for key: String) -> String? {
        let name = key.drop { $0 != "/" }
        return cluster.providers.cloudNames(cluster.configurations).lazy.compactMap { cloud in
            let providers = cluster.providers.providers(of: cloud, cluster.configurations)
            let isRead = providers.flatMap(\.serviceAccountAnnotations).contains { $0.drop { $0 != "/" } == name }
            return isRead ? cluster.flags[cloud]?.annotationPrefix : nil
        }.first
    }

    private func findings(_ accounts: [NamespacedName]) async -> Findings {
        var rest = accounts[...]
        var result = Findings()
        var failures = Failures()
        await withTaskGroup(of: DryRun.Result.self) { tasks in
            for account in rest.prefix(Self.concurrency) { tasks.addTask { await dryRun(account).run() } }
            rest = rest.dropFirst(Self.concurrency)
            while let one = await tasks.next() {
                result.findings += one.findings
                result.tokens += one.tokens
                failures.add(one)
                guard failures.common == nil, let account = rest.popFirst() else { continue }
                tasks.addTask { await dryRun(account).run() }
            }
        }
        result.findings.sort { ($0.subject, $0.cloud ?? "") < ($1.subject, $1.cloud ?? "") }
        guard let failure = failures.common, !rest.isEmpty else { return result }
        let message = "skipped, because \(Failures.limit) dry runs failed in the same way: \(failure)"
        let topic = Finding.Topic(.serviceAccounts, "\(rest.count) more")
        result.findings.append(topic.unknown(.dryRunsStopped, message))
        return result
    }

    private func dryRun(_ account: NamespacedName) -> DryRun {
        DryRun(account: account, cluster: cluster, client: client, skipLabel: skipLabel, image: image)
    }
}

extension DryRunCheck {
    /// Counts dry runs that fail in the same way. After several without one that succeeds, the others would fail, too.
    struct Failures {
        static let limit = 5

        private var counts: [String: Int] = [:]
        /// The reason for which all others are expected to fail; nil as long as there is none.
        private(set) var common: String?

        mutating func add(_ result: DryRun.Result) {
            if result.findings.contains(where: \.isInjected) { counts = [:] }
            guard let failure = result.failure else { return }
            counts[failure, default: 0] += 1
            if counts[failure, default: 0] >= Self.limit { common = failure }
        }
    }
}
