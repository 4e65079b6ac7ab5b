internal import CoreMetrics
internal import Synchronization

/// One metric with one set of label values.
enum Series: Sendable {
    case counter(CounterSeries)
    case gauge(GaugeSeries)
    case histogram(HistogramSeries)

    /// Fails for an alias, which has no series of its own.
    init?(_ kind: MetricDefinition.Kind) {
        switch kind {
        case .counter: self = .counter(CounterSeries())
        case .gauge: self = .gauge(GaugeSeries())
        case .histogram(let buckets): self = .histogram(HistogramSeries(buckets))
        case .alias: return nil
        }
    }

    var object: AnyObject {
        switch self {
        case .counter(let series): series
        case .gauge(let series): series
        case .histogram(let series): series
        }
    }
}

/// Counts whole numbers and fractions; negative increments are dropped. The counts of its cells are added when it is
/// read.
final class CounterSeries: CounterHandler, FloatingPointCounterHandler {
    private let whole = Atomic<Int64>(0)
    private let rest = AtomicDouble()
    private let cells = Mutex<[CounterCell]>([])

    func increment(by amount: Int64) {
        if amount > 0 { whole.wrappingAdd(amount, ordering: .relaxed) }
    }

    func increment(by amount: Double) {
        if amount > 0, amount.isFinite { rest.add(amount) }
    }

    func add(_ cell: CounterCell) { cells.withLock { $0.append(cell) } }

    func reset() {
        cells.withLock { cells in cells.forEach { $0.reset() } }
        whole.store(0, ordering: .relaxed)
        rest.store(0)
    }

    /// Sets a count that is kept elsewhere.
    func set(_ value: Double) {
        whole.store(0, ordering: .relaxed)
        rest.store(value)
    }

    var value: Double {
        let counted = cells.withLock { cells in cells.reduce(0) { $0 + $1.value } }
        return Double(counted + whole.load(ordering: .relaxed)) + rest.load()
    }
}

/// A gauge that is set, or goes up and down. The values of its cells are added when it is read; a gauge of ages exports
/// the greatest of them.
final class GaugeSeries: RecorderHandler, MeterHandler {
    private let current = AtomicDouble()
    private let cells = Mutex<[GaugeCell]>([])
    private let ages = Mutex<[AgeCell]>([])

    func add(_ cell: GaugeCell) { cells.withLock { $0.append(cell) } }
    func add(_ cell: AgeCell) { ages.withLock { $0.append(cell) } }

    func set(_ value: Int64) { current.store(Double(value)) }
    func set(_ value: Double) { current.store(value) }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }
    func increment(by amount: Double) { current.add(amount) }
    func decrement(by amount: Double) { current.add(-amount) }

    /// Nil if it is a gauge of ages, and there is none yet.
    var value: Double? {
        let ages = ages.withLock { $0 }
        guard ages.isEmpty else {
            let now = ContinuousClock.now
            return ages.compactMap { $0.age(at: now) }.max()
        }
        return Double(cells.withLock { cells in cells.reduce(0) { $0 + $1.value } }) + current.load()
    }
}

/// Counts values in buckets. Timers record seconds. The counts of its cells are added when it is read.
final class HistogramSeries: RecorderHandler, TimerHandler {
    struct Snapshot: Sendable {
        /// The number of values in each bucket, not cumulative; the last bucket has the values above all bounds.
        var counts: [Int64]
        var sum = 0.0

        var count: Int64 { counts.reduce(0, +) }
    }

    let bounds: [Double]
    private let state: Mutex<Snapshot>
    private let cells = Mutex<[HistogramCell]>([])

    init(_ bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(Snapshot(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func makeCell() -> HistogramCell {
        let cell = HistogramCell(bounds)
        cells.withLock { $0.append(cell) }
        return cell
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    var snapshot: Snapshot {
        var snapshot = state.withLock { $0 }
        for cell in cells.withLock({ $0 }) { cell.add(to: &snapshot) }
        return snapshot
    }
}

private final class AtomicDouble: Sendable {
    private let bits = Atomic<UInt64>(0)

    func load() -> Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    func add(_ amount: Double) {
        var known = bits.load(ordering: .relaxed)
        while true {
            let sum = Double(bitPattern: known) + amount
            let (exchanged, original) = bits.weakCompareExchange(
                expected: known,
                desired: sum.bitPattern,
                ordering: .relaxed
            )
            if exchanged { return }
            known = original
        }
    }
}
