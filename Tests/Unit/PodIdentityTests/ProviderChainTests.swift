import JSON
import KubernetesObjects
import PodIdentity
import Synchronization
import TestSupport
import Testing

@Suite("A chain of providers", .timeLimit(.minutes(5)))
struct ProviderChainTests {
    private static let pod = #"{"spec":{"serviceAccountName":"a","containers":[{"name":"c"}]}}"#

    private func mutate(_ pod: String = pod, _ providers: FixedProvider...) throws -> MutationResult? {
        try JSONParser().parse(Array(pod.utf8)) { root in
            var generator = SeededGenerator(seed: 1)
            let inputs = DecisionInputs(serviceAccount: .unknown)
            let pod = try PodView(root, namespace: "shop")
            return try ProviderChain(providers).mutate(pod, inputs, using: &generator).value
        }
    }

    private func injection(_ method: String) -> Decision.Outcome {
        var injection = Injection.simple
        injection.method = method
        injection.identity = "role of \(method)"
        return .inject(injection)
    }

    @Test("asks providers in order, and the first injection wins")
    func order() throws {
        let asked = Log()
        let outcome = try #require(
            try mutate(
                Self.pod,
                FixedProvider("first", .leaveAlone(.noRole), asked),
                FixedProvider("second", injection("second"), asked),
                FixedProvider("third", injection("third"), asked)
            )
        )
        #expect(asked.entries == ["first", "second"])
        #expect(outcome.reason == .injected && outcome.method == "second" && outcome.identity == "role of second")
        #expect(outcome.patch.count == 3)
    }

    @Test("returns the last reason if all leave the pod alone, and no patch")
    func leftAlone() throws {
        let outcome = try #require(
            try mutate(
                Self.pod,
                FixedProvider("first", .leaveAlone(.serviceAccountNotFound)),
                FixedProvider("second", .leaveAlone(.skipLabel))
            )
        )
        #expect(outcome.reason == .skipLabel && outcome.patch.isEmpty)
        #expect(outcome.method == nil && outcome.identity == nil)
    }

    @Test("reports a loss, whatever later providers decide")
    func loss() throws {
        let lost = FixedProvider("first", .leaveAlone(.configMapUnavailable), warnings: ["lost"])
        let alone = try #require(try mutate(Self.pod, lost, FixedProvider("second", .leaveAlone(.noRole))))
        #expect(alone.reason == .configMapUnavailable && alone.warnings == ["lost"])
        let given = try #require(try mutate(Self.pod, lost, FixedProvider("second", injection("second"))))
        #expect(given.reason == .configMapUnavailable && given.method == "second" && !given.patch.isEmpty)
        var malformed = Injection.simple
        malformed.malformation = "nonsense"
        let both = try #require(try mutate(Self.pod, lost, FixedProvider("second", .inject(malformed))))
        #expect(both.reason == .malformedIdentity, "the pod's own loss takes precedence")
    }

    @Test("stops at a provider that needs the ServiceAccount, so that a later one does not win")
    func needsServiceAccount() throws {
        let asked = Log()
        let outcome = try mutate(
            Self.pod,
            FixedProvider("first", .needs(.serviceAccount(NamespacedName(namespace: "n", name: "s"))), asked),
            FixedProvider("second", injection("second"), asked)
        )
        #expect(outcome == nil)
        #expect(asked.entries == ["first"])
    }

    @Test("returns the warnings of all providers that were asked, then those of the mutation")
    func warnings() throws {
        var injection = Injection.simple
        injection.skippedContainers = ["ghost"]
        let outcome = try mutate(
            Self.pod,
            FixedProvider("first", .leaveAlone(.noRole), warnings: ["one"]),
            FixedProvider("second", .inject(injection), warnings: ["two"])
        )
        #expect(outcome?.warnings == ["one", "two", "no container is named ghost, which should be skipped"])
    }

    @Test("reports that a pod already has everything")
    func alreadyInjected() throws {
        let outcome = try #require(try mutate(Self.pod, FixedProvider("p", .inject(.nothing))))
        #expect(outcome.reason == .alreadyInjected && outcome.patch.isEmpty && outcome.method == "test")
    }

    @Test("leaves a pod without a ServiceAccount alone, without asking a provider")
    func mirrorPod() throws {
        let asked = Log()
        let outcome = try mutate(#"{"spec":{}}"#, FixedProvider("p", injection("p"), asked))
        #expect(outcome?.reason == .noServiceAccount && asked.entries == [])
    }

    @Test("gives no identity without a provider")
    func empty() throws {
        #expect(try mutate(Self.pod)?.reason == .noIdentity)
        #expect(ProviderChain([]).serviceAccountAnnotations == [])
    }

    @Test("asks each provider once for a pod's identity, however many containers there are")
    func ephemeralContainers() throws {
        func list(_ count: Int) -> String {
            "[\((0..<count).map { #"{"name": "c\#($0)"}"# }.joined(separator: ","))]"
        }
        let volume =
            #"{"name": "token", "projected": {"sources": [{"serviceAccountToken": {"audience": "a", "path": "t"}}]}}"#
        let text =
            #"{"spec": {"volumes": [\#(volume)], "containers": \#(list(30)), "ephemeralContainers": \#(list(40))}}"#
        let asked = Log()
        let chain = ProviderChain([FixedProvider("p", injection("m"), asked)])
        let outcome = try JSONParser().parse(Array(text.utf8)) { root in
            try chain.mutateEphemeralContainers(of: try PodView(root, namespace: "n"), except: [])
        }
        #expect(asked.entries == ["p"] && outcome.reason == .injected && outcome.patch.count == 80)
    }

    @Test(
        "adds no mount to an ephemeral container if the pod lacks the volume",
        arguments: [ConflictPolicy.keep, .replace]
    )
    func ephemeralContainerWithoutVolume(policy: ConflictPolicy) throws {
        var injection = Injection.simple
        injection.volumes = injection.volumes.map { InjectedVolume($0.name, $0.content, policy: policy) }
        let text = #"""
            {"spec": {"containers": [{"name": "c"}], "volumes": [{"name": "token", "emptyDir": {}}],
             "ephemeralContainers": [{"name": "e"}]}}
            """#
        let chain = ProviderChain([FixedProvider("p", .inject(injection))])
        let outcome = try JSONParser().parse(Array(text.utf8)) { root in
            try chain.mutateEphemeralContainers(of: try PodView(root, namespace: "n"), except: [])
        }
        #expect(outcome.patch.isEmpty && outcome.reason == .podHasNoIdentity)
    }

    @Test("refuses a pod that would need too large a patch")
    func patchTooLarge() throws {
        var injection = Injection.simple
        injection.environment = [EnvironmentGroup(.addIfAbsent, [("ID", String(repeating: "\u{1}", count: 500))])]
        let list = "[\((0..<1000).map { #"{"name": "c\#($0)"}"# }.joined(separator: ","))]"
        let volume =
            #"{"name": "token", "projected": {"sources": [{"serviceAccountToken": {"audience": "a", "path": "t"}}]}}"#
        let pod =
            #"{"spec": {"serviceAccountName": "a", "volumes": [\#(volume)], "#
            + #""containers": \#(list), "ephemeralContainers": \#(list)}}"#
        let chain = ProviderChain([FixedProvider("p", .inject(injection))])
        try JSONParser().parse(Array(pod.utf8)) { root in
            let view = try PodView(root, namespace: "n")
            var generator = SeededGenerator(seed: 1)
            let inputs = DecisionInputs(serviceAccount: .unknown)
            #expect(throws: MalformedPod.self) { try chain.mutate(view, inputs, using: &generator) }
            #expect(throws: MalformedPod.self) { try chain.mutateEphemeralContainers(of: view, except: []) }
        }
    }

    @Test("names each annotation key once, in order")
    func keys() {
        let chain = ProviderChain([
            FixedProvider("a", .leaveAlone(.noRole), keys: ["x", "y"]),
            FixedProvider("b", .leaveAlone(.noRole), keys: ["y", "z", "x"]),
        ])
        #expect(chain.serviceAccountAnnotations == ["x", "y", "z"])
    }
}

private final class Log: Sendable {
    private let log = Mutex<[String]>([])
    var entries: [String] { log.withLock { $0 } }
    func append(_ entry: String) { log.withLock { $0.append(entry) } }
}

/// Makes the same decision for every pod.
private struct FixedProvider: IdentityProvider {
    let cloud: String
    let name: String
    let decision: Decision
    let log: Log?
    let serviceAccountAnnotations: [String]

    init(
        _ name: String,
        _ outcome: Decision.Outcome,
        _ log: Log? = nil,
        warnings: Warnings = [],
        keys: [String] = [],
        of cloud: String = "cloud"
    ) {
        self.name = name
        self.cloud = cloud
        decision = Decision(outcome, warnings: warnings)
        self.log = log
        serviceAccountAnnotations = keys
    }

    func injections(foundIn pod: PodView) -> [(container: ContainerView, injection: Injection)] {
        log?.append(name)
        if case .inject(let injection) = decision.outcome { return pod.containers.map { ($0, injection) } }
        return []
    }

    func decide(_ pod: PodView, _ inputs: DecisionInputs, using generator: inout some RandomNumberGenerator)
        -> Decision
    {
        log?.append(name)
        return decision
    }
}
