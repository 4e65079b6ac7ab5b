@testable import Kubernetes

/// Tests of a `WatcherStateMachine` whose server does not report its version.
protocol WatcherStateMachineSuite {
    var start: ContinuousClock.Instant { get }
    var random: SplitMix64 { get set }
    var machine: WatcherStateMachine { get set }
}

extension WatcherStateMachineSuite {
    static func newMachine() -> WatcherStateMachine {
        WatcherStateMachine(
            backoff: Backoff(initial: .seconds(1), maximum: .seconds(30)),
            healthyAfter: .seconds(60)
        )
    }

    func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// The next step, with a server that does not report its version.
    mutating func next() -> WatcherStateMachine.Step {
        var random = random
        defer { self.random = random }
        let step = machine.nextStep(using: &random)
        guard step == .requestVersion else { return step }
        machine.versionReceived(nil, at: start)
        return machine.nextStep(using: &random)
    }

    /// The step after a wait, and the length of the wait.
    mutating func nextAfterWait() -> (step: WatcherStateMachine.Step, wait: Duration) {
        let step = next()
        guard case .wait(let duration) = step else { return (step, .zero) }
        return (next(), duration)
    }

    mutating func list(version: String = "10", at seconds: Int = 0) {
        machine.versionReceived(nil, at: at(seconds))
        _ = machine.receivedPage(resourceVersion: version, continueToken: nil, at: at(seconds))
    }

    mutating func watch(version: String = "10", at seconds: Int = 0) {
        list(version: version, at: seconds)
        machine.watchStarted(at: at(seconds))
    }

    static func gone(continueToken: String? = nil) -> KubernetesError {
        .refused(APIStatus(code: 410, reason: "Expired", continueToken: continueToken))
    }

    static var cut: KubernetesError { .connection(server: "s", reason: "cut") }
}
