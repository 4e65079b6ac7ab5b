internal import ClusterState
internal import FoundationEssentials
internal import Logging
internal import PodIdentity
internal import Prometheus
internal import ServiceSupport
internal import Synchronization

/// Reports the state of the profiles: in the log, in a note of `/readyz?verbose`, and in metrics.
final class ProfileMonitor: Sendable {
    private static let profiles = MetricDefinition(
        "pod_identity_webhook_profiles",
        .gauge,
        "Profiles in use. Only with --profiles or --profiles-config-map."
    )
    private static let isRefused = MetricDefinition(
        "pod_identity_webhook_profiles_refused",
        .gauge,
        "Whether the newest profiles were refused, so that the last valid ones stay in use: 1 or 0."
    )
    private static let refusals = MetricDefinition(
        "pod_identity_webhook_profile_refusals_total",
        .counter,
        "Changes of the profiles that were refused because they were invalid."
    )
    private static let lastUse = MetricDefinition(
        "pod_identity_webhook_profiles_last_change_timestamp_seconds",
        .gauge,
        "When the current profiles came into use, in seconds since the Unix epoch."
    )
    static let definitions = [profiles, isRefused, refusals, lastUse]

    private static let check = Readiness.Check("profiles")

    private struct State {
        var uses = 0
        var lastUse = 0.0
        var refusals = 0
    }

    private let state = Mutex(State())
    private let place: ProviderConfigurationSource.Place
    private let indexes: ClusterIndexes
    private let readiness: Readiness
    private let logger: Logger

    init(
        _ place: ProviderConfigurationSource.Place,
        _ indexes: ClusterIndexes,
        _ readiness: Readiness,
        _ registry: PrometheusRegistry,
        _ logger: Logger
    ) {
        self.place = place
        self.indexes = indexes
        self.readiness = readiness
        self.logger = logger
        // A check that has never failed is not shown.
        readiness.fail(Self.check, "the profiles have not been read yet")
        indexes.configurations.observe { [self] in update() }
        registry.onScrape { [self] in scrape($0) }
    }

    private var names: [String] { indexes.configurations.current.providers(at: place).map(\.cloud) }

    private func update() {
        let status = indexes.configurations.status(of: place)
        if indexes.configurations.current.availability(of: place) == .read { readiness.pass(Self.check) }
        let (isUsed, isRefused) = state.withLock { state in
            defer { (state.uses, state.refusals) = (status.uses, status.refusals) }
            if state.uses != status.uses { state.lastUse = Date().timeIntervalSince1970 }
            return (state.uses != status.uses, state.refusals != status.refusals)
        }
        if isUsed {
            indexes.serviceAccounts.examineIdentities()
            indexes.namespaces?.examineIdentities()
            let names = names
            logger.notice(
                "new profiles are in use",
                metadata: ["count": .stringConvertible(names.count), "profiles": .array(names.map { "\($0)" })]
            )
        }
        guard isUsed || isRefused || status.refusal == nil else { return }
        let first = status.refusal?.reason.split(separator: "\n").first ?? ""
        readiness.note(
            Self.check,
            status.refusal.map {
                Readiness.Note(since: $0.since, "the newest profiles cannot be used: \(first)")
            }
        )
    }

    private func scrape(_ registry: PrometheusRegistry) {
        let status = indexes.configurations.status(of: place)
        registry.set(Self.profiles.name, to: Double(names.count))
        registry.set(Self.isRefused.name, to: status.refusal == nil ? 0 : 1)
        registry.set(Self.refusals.name, to: Double(status.refusals))
        registry.set(Self.lastUse.name, to: state.withLock { $0.lastUse })
    }
}
