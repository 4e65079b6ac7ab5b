internal import Synchronization

/// An age that contributes to a gauge: the time since something was last up to date. It is not exported before that
/// thing has been up to date once.
package final class AgeCell: Sendable {
    private enum State {
        case never
        case upToDate
        case since(ContinuousClock.Instant)
    }

    private let state = Mutex(State.never)

    package init() {}

    /// The age is 0 from now on.
    package func setUpToDate() { state.withLock { $0 = .upToDate } }

    /// The age grows from this time on, unless it is already growing, or nothing has been up to date yet.
    package func setOutOfDate(since time: ContinuousClock.Instant) {
        state.withLock { if case .upToDate = $0 { $0 = .since(time) } }
    }

    /// In seconds; nil if it has never been up to date.
    func age(at now: ContinuousClock.Instant) -> Double? {
        switch state.withLock({ $0 }) {
        case .never: nil
        case .upToDate: 0
        case .since(let time): max(0, (now - time) / .seconds(1))
        }
    }
}

extension PrometheusRegistry {
    /// A new cell of the gauge with these labels, which exports the greatest age of its cells. It exports nothing if
    /// the metric is not a gauge.
    package func ageCell(_ definition: MetricDefinition, _ labels: [(String, String)]) -> AgeCell {
        let cell = AgeCell()
        if case .gauge(let series) = series(definition, labels) { series.add(cell) }
        return cell
    }
}
