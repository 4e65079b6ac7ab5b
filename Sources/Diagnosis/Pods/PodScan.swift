package import CoreMetrics
package import Kubernetes
package import KubernetesObjects
package import Logging
package import PodIdentity
package import Prometheus
internal import ServiceLifecycle

/// Regularly searches the cluster's pods for those that lack the identity that they should have, exports their number,
/// and writes Events about their ServiceAccounts. No more than one page of the list is in memory at a time.
package struct PodScan: Service {
    /// Selects pods that have not terminated.
    static let livePods = "status.phase!=Succeeded,status.phase!=Failed"
    private static let pods = Resource(plural: "pods", fieldSelector: livePods, metadataOnly: false)

    private static let podsWithoutIdentity = MetricDefinition(
        "pod_identity_webhook_pods_without_identity",
        .gauge,
        "Pods with a container that lacks the identity it should have, as of the last completed scan."
    )
    private static let scans = MetricDefinition(
        "pod_identity_webhook_scans_total",
        .counter,
        labels: ["result"],
        "Scans for pods without their identity, by result: completed, or failed (an error from the API server)."
    )
    /// These metrics exist only with `--scan-interval`.
    package static let definitions = [podsWithoutIdentity, scans]

    private struct Result: Sendable {
        var pods = 0
        var count = 0
        /// The first few pods that are too large to be read.
        var skipped: [SkippedObject] = []
        /// The first few pods without their identity, for the log.
        var examples: [Example] = []
        /// What to report about ServiceAccounts.
        var losses: Set<Loss> = []
    }

    private struct Example: Sendable {
        let pod: NamespacedName
        /// Nil if there is only one.
        let cloud: String?
        let result: PodExamination
    }

    private struct Loss: Hashable {
        let account: NamespacedName
        let message: String
    }

    /// The maximum number of losses that are reported after one scan. An Event is written for each.
    private static let told = 500

    /// The maximum number of pods of each kind that are logged, and of containers for each.
    private static let logged = 5

    private let client: APIClient
    private let providers: ProviderChain
    private let interval: Duration
    private let isReady: @Sendable () -> Bool
    private let inputs: @Sendable (PodView) -> DecisionInputs
    private let tell: Tell
    private let logger: Logger
    private let pods: Meter
    private let completed: Counter
    private let failed: Counter
    private let skipped: Counter

    /// Tells the owner of a ServiceAccount what its pods lack, with one of a few fixed texts.
    package typealias Tell = @Sendable (_ account: NamespacedName, _ message: String) -> Void

    /// - Parameters:
    ///   - isReady: Whether `inputs` is complete. Until then there are no scans.
    ///   - inputs: What is currently known for a pod. A pod whose ServiceAccount is unknown is skipped.
    package init(
        client: APIClient,
        providers: ProviderChain,
        interval: Duration,
        isReady: @escaping @Sendable () -> Bool,
        inputs: @escaping @Sendable (PodView) -> DecisionInputs,
        tell: @escaping Tell,
        factory: any MetricsFactory,
        logger: Logger
    ) {
        self.client = client
        self.providers = providers
        self.interval = interval
        self.isReady = isReady
        self.inputs = inputs
        self.tell = tell
        self.logger = logger
        pods = Self.podsWithoutIdentity.gauge(in: factory)
        completed = Self.scans.counter([("result", "completed")], in: factory)
        failed = Self.scans.counter([("result", "failed")], in: factory)
        skipped = WatchMetrics.skippedObjects(of: Self.pods, in: factory)
    }

    package func run() async throws {
        // The loop ends when `sleep` throws on cancellation.
        try? await cancelWhenGracefulShutdown {
            // A random delay keeps replicas that start together from scanning at the same time.
            try await Task.sleep(for: interval * Double.random(in: 0...1))
            while true {
                if isReady() { await scan() }
                try await Task.sleep(for: interval)
            }
        }
    }

    private func scan() async {
        do throws(KubernetesError) {
            let result = try await ObjectPages(Self.pods, client: client).reduce(into: Result(), skip: skip, take)
            pods.set(result.count)
            completed.increment()
            report(result)
        } catch {
            guard error != .cancelled else { return }
            failed.increment()
            logger.warning("the pods could not be scanned", metadata: ["error": "\(error)"])
        }
    }

    private func take(_ result: inout Result, _ object: ObjectView) {
        result.pods += 1
        guard !object.metadata.isTerminating, let key = object.metadata.key,
            let pod = try? PodView(object.value, namespace: key.namespace)
        else { return }
        let examinations = CloudExamination.all(of: pod, inputs(pod), providers)
        let isNamed = examinations.count > 1
        var isWithout = false
        for examination in examinations {
            guard let summary = examination.result.summary else { continue }
            isWithout = true
            let name = isNamed ? examination.cloud : nil
            if let account = pod.serviceAccount, result.losses.count < Self.told {
                let message = name.map { "\($0): \(summary)" } ?? summary
                result.losses.insert(Loss(account: account, message: message))
            }
            guard result.examples.count < Self.logged else { continue }
            result.examples.append(Example(pod: key, cloud: name, result: examination.result))
        }
        if isWithout { result.count += 1 }
    }

    private func skip(_ result: inout Result, _ object: SkippedObject) {
        skipped.increment()
        if result.skipped.count < Self.logged { result.skipped.append(object) }
    }

    private func report(_ result: Result) {
        for loss in result.losses { tell(loss.account, loss.message) }
        for pod in result.skipped {
            logger.warning(
                "a pod is too large and was skipped",
                metadata: ["namespace": "\(pod.key?.namespace ?? "")", "pod": "\(pod.key?.name ?? "unknown")"]
            )
        }
        for example in result.examples { log(example) }
        logger.debug(
            "the pods were scanned",
            metadata: [
                "pods": .stringConvertible(result.pods), "pods_without_identity": .stringConvertible(result.count),
            ]
        )
    }

    private func log(_ example: Example) {
        var metadata: Logger.Metadata = ["namespace": "\(example.pod.namespace)", "pod": "\(example.pod.name)"]
        if let cloud = example.cloud { metadata["provider"] = "\(cloud)" }
        switch example.result {
        case .lacking(let gap):
            metadata["identity"] = "\(gap.identity)"
            metadata["containers"] = .array(gap.containers.prefix(Self.logged).map { "\($0)" })
            metadata["error"] = "\(gap.malformation ?? gap.losses.first?.text ?? "")"
        case .denied(let denial): metadata["error"] = "\(denial.message)"
        default: break
        }
        logger.warning("a pod lacks its identity", metadata: metadata)
    }
}
