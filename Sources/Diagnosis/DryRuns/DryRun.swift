internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOHTTP1
internal import PodIdentity

/// Requests a pod of one ServiceAccount, and once more without the webhook if that is rejected.
struct DryRun: Sendable {
    let account: NamespacedName
    let cluster: ClusterView
    let client: APIClient
    /// The label that keeps the webhook away from a pod.
    let skipLabel: String
    /// An image that runs in the cluster; nil if none is known.
    let image: String?

    struct Result: Sendable {
        /// At least one finding, and one for each cloud that concerns the pod.
        var findings: [Finding]
        /// The message of a failure that other dry runs may share.
        var failure: String?
        /// The tokens that the pod would request.
        var tokens: [TokenWish] = []

        init(finding: Finding, failure: String? = nil) {
            findings = [finding]
            self.failure = failure
        }

        init(findings: [Finding], failure: String?, tokens: [TokenWish]) {
            self.findings = findings
            self.failure = failure
            self.tokens = tokens
        }
    }

    private var topic: Finding.Topic { Finding.Topic(.serviceAccounts, "\(account)") }

    func run() async -> Result {
        let malformed = cluster.malformedIdentities(of: account)
        let wanted = cluster.decisions(for: cluster.plainPod(of: account)).count(where: \.isWanted)
        guard malformed.isEmpty || malformed.count < wanted else {
            return Result(findings: malformed, failure: nil, tokens: [])
        }
        var result = await tryPods()
        result.findings = malformed + result.findings
        return result
    }

    private func tryPods() async -> Result {
        do throws(KubernetesError) {
            var refusal: APIStatus?
            for pod in try await candidates() {
                do throws(KubernetesError) {
                    return try await ask(for: pod)
                } catch {
                    guard case .refused(let status) = error, status.code != 401 else { throw error }
                    if let result = DryRunOutcome(pod, cluster).result(of: status) { return result }
                    if try await passes(pod.labelled(skipLabel, "true")) { return injectionRefused(pod, status) }
                    refusal = status
                }
            }
            let text = refusal?.message ?? "\(refusal, default: "")"
            return Result(finding: topic.unknown(.dryRunRefused, "the API server refused the dry run: \(text)"))
        } catch {
            return Result(finding: topic.unknown(.dryRunRefused, "\(error)"), failure: "\(error)")
        }
    }

    // MARK: Pods

    /// The pods to try: that of a workload of the account, otherwise one like an existing pod of the account, otherwise
    /// a plain one. There are two plain ones, because some namespaces require pods to request resources, and others
    /// have minimum requests.
    private func candidates() async throws(KubernetesError) -> [DryRunPod] {
        if let pod = cluster.workloads.templates[account] { return [pod] }
        if let pod = try await existing() { return [pod] }
        let image = image ?? DryRunPod.image
        let resources: KeyValuePairs<String, JSONTree> = ["cpu": .string("100m"), "memory": .string("128Mi")]
        return [
            cluster.plainPod(of: account, image: image),
            cluster.plainPod(of: account, image: image, resources: resources),
        ]
    }

    /// A pod like one of the account's, without what the webhook gave that one; nil if there is none that may be read.
    private func existing() async throws(KubernetesError) -> DryRunPod? {
        let selector = "spec.serviceAccountName=\(account.name),\(PodScan.livePods)"
        do throws(KubernetesError) {
            let response = try await client.get(
                "/api/v1/namespaces/\(account.namespace)/pods",
                query: [("fieldSelector", selector), ("limit", "1")]
            )
            return try response.parse { root in
                guard let pod = root["items"]?.elements.first(where: { _ in true }) else { return nil }
                let name = pod["metadata"]?["name"]?.string ?? ""
                let like = DryRunPod(like: pod, source: "Pod \(name)", account: account)
                let decisions = cluster.decisions(for: like)
                guard decisions.contains(where: \.isWanted) else { return nil }
                let bare = like.without(decisions.injections)
                // An identity may depend on labels and annotations.
                let isSame =
                    cluster.decisions(for: bare).map { $0.injection?.identity }
                    == decisions.map { $0.injection?.identity }
                return isSame ? bare : like.without(decisions.injections, keepingMetadata: true)
            }
        } catch {
            guard case .refused(let status) = error, status.code != 401 else { throw error }
            return nil
        }
    }

    // MARK: Requests

    private func send(_ pod: DryRunPod) async throws(KubernetesError) -> APIResponse {
        try await client.send(
            APIRequest(
                .POST,
                path: "/api/v1/namespaces/\(account.namespace)/pods",
                query: [("dryRun", "All")],
                body: ("application/json", ByteBuffer(bytes: pod.json))
            )
        )
    }

    private func ask(for pod: DryRunPod) async throws(KubernetesError) -> Result {
        let response = try await send(pod)
        let warnings = WarningHeader.texts(response.headers[canonicalForm: "Warning"].joined(separator: ","))
        return try response.parse { try DryRunOutcome(pod, cluster).result(of: $0, warnings) }
    }

    private func passes(_ pod: DryRunPod) async throws(KubernetesError) -> Bool {
        do throws(KubernetesError) {
            _ = try await send(pod)
            return true
        } catch {
            guard case .refused(let status) = error, status.code != 401 else { throw error }
            return false
        }
    }

    /// The rejection is because of what the webhook adds.
    private func injectionRefused(_ pod: DryRunPod, _ status: APIStatus) -> Result {
        let message =
            "\(pod.description) is rejected for what the webhook adds, but not with the label \(skipLabel): a policy has to "
            + "allow projected volumes with a serviceAccountToken: \(status.message ?? "\(status)")"
        return Result(finding: topic.problem(.injectionRefused, message))
    }
}
