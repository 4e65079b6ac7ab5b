import Glibc

// Times the steps of a request: `microbenchmarks` for all of them, `microbenchmarks STEP COUNT` for one, which is what
// callgrind and DHAT look at.
let steps = try Step.all()
switch CommandLine.arguments.dropFirst() {
case []:
    for step in steps {
        try step.run(1000)
        let best = try (0..<5).map { _ in try step.nanoseconds(count: 5000) }.min() ?? 0
        print(step.name, best)
    }
case let arguments where arguments.count == 2:
    guard let step = steps.first(where: { $0.name == arguments.first }), let count = arguments.last.flatMap({ Int($0) })
    else { fallthrough }
    try step.run(count)
default:
    print("usage: microbenchmarks [STEP COUNT]; the steps are", steps.map(\.name).joined(separator: " "))
    exit(2)
}

extension Step {
    /// The average of one run.
    func nanoseconds(count: Int) throws -> Int {
        let clock = ContinuousClock()
        let time = try clock.measure { try run(count) }
        return Int(time / .nanoseconds(1)) / count
    }
}
