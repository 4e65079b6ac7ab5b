import Glibc

// Times the steps of a request: `microbenchmarks` times all of them. `microbenchmarks STEP COUNT` runs one step COUNT
// times, for callgrind: see micro.py.
switch CommandLine.arguments.dropFirst() {
case []:
    for step in Step.all {
        let run = try step.prepare()
        _ = try nanoseconds(run, count: 1000)
        let best = try (0..<5).map { _ in try nanoseconds(run, count: 5000) }.min() ?? 0
        print(step.name, best)
    }
case let arguments where arguments.count == 2:
    guard let step = Step.all.first(where: { $0.name == arguments.first }),
        let count = arguments.last.flatMap({ Int($0) })
    else { fallthrough }
    let run = try step.prepare()
    // Only the first runs fill caches and grow buffers.
    for _ in 0..<20 { try run { try $0() } }
    for _ in 0..<count { try run(counted) }
default:
    let names = Step.all.map(\.name).joined(separator: " ")
    print("usage: microbenchmarks [STEP COUNT]; the steps are \(names)")
    exit(2)
}

/// The average time of one run.
func nanoseconds(_ run: Step.Run, count: Int) throws -> Int {
    let clock = ContinuousClock()
    var total = Duration.zero
    for _ in 0..<count {
        try run { work in total += try clock.measure(work) }
    }
    return Int(total / .nanoseconds(1)) / count
}
