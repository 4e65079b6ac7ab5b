import AWSIdentity
import AzureIdentity
import FederationProfiles
import Foundation
import GoogleIdentity
import JSON
import KubernetesObjects
import PodIdentity
import Synchronization
import TestSupport
import Testing

/// All clouds and profiles together, with one memory for many pods.
@Suite("Decisions are remembered", .timeLimit(.minutes(5)))
struct DecisionMemoryTests {
    @Test("with the same results as without memory", arguments: (0..<4).map { UInt64($0) })
    func sameDecisions(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let counting = Counting()
        let (chain, memory) = (try Self.chain(counting), DecisionMemory())
        var accounts = (0..<4).map { _ in Self.account(&generator) }
        var found: Set<String> = []
        var recalled = 0
        for index in 0..<40 {
            // Occasionally something changes without notice to the memory.
            let number = Int.random(in: 0..<accounts.count, using: &generator)
            if Bool.random(using: &generator) { accounts[number] = Self.account(&generator) }
            let pod = Self.pod(&generator)
            var inputs = DecisionInputs(serviceAccount: accounts[number], configurations: chain.configurations)
            inputs.serverVersion = ServerVersion(1, [20, 33].randomElement(using: &generator) ?? 20)
            if index % 20 == 19 { chain.configurations.set(Self.place, to: try Self.profiles()) }
            for pod in [pod, pod, Self.changed(pod, &generator), pod, Self.changed(pod, &generator)] {
                let calls = counting.calls
                let remembered = try Self.run(pod, "account-\(number)", inputs, chain.providers, memory)
                if counting.calls == calls { recalled += 1 }
                let anew = try Self.run(pod, "account-\(number)", inputs, chain.providers, nil)
                #expect(remembered == anew, "\(pod.pretty) \(accounts[number])")
                found.insert(anew.kind)
            }
        }
        #expect(found.isSuperset(of: ["denied", "mutated", "unchanged"]))
        #expect(recalled > 40)
    }

    @Test("for similar pods, and made again if anything relevant differs")
    func kept() throws {
        let provider = Counting()
        let (chain, memory) = (ProviderChain([provider]), DecisionMemory())
        func decide(_ pod: String, _ account: Annotations, _ change: (inout DecisionInputs) -> Void = { _ in }) throws {
            var inputs = DecisionInputs(serviceAccount: .known(account))
            change(&inputs)
            try JSONParser().parse(Array(pod.utf8)) { root in
                var generator = SeededGenerator(seed: 1)
                let view = try PodView(root, namespace: "shop")
                _ = chain.decide(view, inputs, using: &generator, remembering: memory)
            }
        }
        let plain = #"{"metadata":{"name":"a"},"spec":{"serviceAccountName":"s"}}"#
        let account = Annotations(["x/id": "1"])
        let steps: [(calls: Int, pod: String, annotations: Annotations)] = [
            (1, plain, account), (1, plain, account), (1, plain, Annotations(["x/id": "1"])),
            (1, #"{"metadata":{"name":"b","labels":{"y/z":"1"}},"spec":{"serviceAccountName":"s"}}"#, account),
            (2, plain, Annotations(["x/id": "2"])),
            (3, #"{"metadata":{"labels":{"x/z":"1"}},"spec":{"serviceAccountName":"s"}}"#, account),
            (4, #"{"metadata":{"annotations":{"x/z":"1"}},"spec":{"serviceAccountName":"s"}}"#, account),
            (5, #"{"metadata":{"annotations":{"x/z":"2"}},"spec":{"serviceAccountName":"s"}}"#, account),
            (6, #"{"spec":{"serviceAccountName":"s","nodeSelector":{"kubernetes.io/os":"windows"}}}"#, account),
            (7, #"{"spec":{"serviceAccountName":"t"}}"#, account),
            // Equal for Unicode, but not for Kubernetes and the clouds.
            (8, plain, Annotations(["x/id": "K"])), (9, plain, Annotations(["x/id": "\u{212a}"])),
        ]
        for step in steps {
            try decide(step.pod, step.annotations)
            #expect(provider.calls == step.calls, "\(step.pod)")
        }
        try decide(#"{"spec":{"serviceAccountName":"t"}}"#, account) { $0.serverVersion = ServerVersion(1, 33) }
        #expect(provider.calls == 10)
        try decide(#"{"spec":{"serviceAccountName":"t"}}"#, account) { $0.namespace = .known(Annotations()) }
        #expect(provider.calls == 11)
        try decide(#"{"spec":{"serviceAccountName":"t"}}"#, account) {
            $0.configurations.set(.file(path: "f"), to: nil)
        }
        #expect(provider.calls == 12)
    }

    @Test("but not with long inputs, and not for an unknown ServiceAccount")
    func notKept() throws {
        let provider = Counting()
        let (chain, memory) = (ProviderChain([provider]), DecisionMemory())
        let long = String(repeating: "v", count: 2000)
        let account = Annotations()
        for (pod, account) in [
            (#"{"metadata":{"annotations":{"x/z":"\#(long)"}},"spec":{"serviceAccountName":"s"}}"#, account),
            (#"{"spec":{"serviceAccountName":"s"}}"#, nil),
            (#"{"spec":{"serviceAccountName":"s"}}"#, (0..<9).reduce(into: account) { $0["x/\($1)"] = long }),
        ] {
            for _ in 0..<2 {
                try JSONParser().parse(Array(pod.utf8)) { root in
                    var generator = SeededGenerator(seed: 1)
                    let view = try PodView(root, namespace: "shop")
                    let inputs = DecisionInputs(serviceAccount: account.map { .known($0) } ?? .absent)
                    _ = chain.decide(view, inputs, using: &generator, remembering: memory)
                }
            }
        }
        #expect(provider.calls == 6)
    }
}

extension DecisionMemoryTests {
    private static let place = ProviderConfigurationSource.Place.files(["profiles"])

    private static func profiles() throws -> ProfileSet {
        let folder = URL(fileURLWithPath: "\(TestFolders.repository)/deploy/profiles")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        return try ProfileSet(files.map { .init(bytes: [UInt8](try Data(contentsOf: $0))) })
    }

    private static func chain(_ last: any IdentityProvider) throws -> Chain {
        var settings = AWSSettings()
        settings.annotatesPods = true
        var azure = AzureSettings()
        azure.tenantID = "11111111-1111-1111-1111-111111111111"
        let source = ProviderConfigurationSource(place, ProfileSet.self)
        var configurations = ProviderConfigurations()
        configurations.set(place, to: try profiles())
        let providers = ProviderChain(
            [
                IRSAProvider(settings: settings), GoogleIdentityProvider(settings: GoogleSettings()),
                AzureIdentityProvider(settings: azure), last,
            ],
            dynamic: [source]
        )
        return Chain(providers: providers, configurations: configurations)
    }

    /// The providers, and the configurations that add providers.
    private final class Chain {
        let providers: ProviderChain
        var configurations: ProviderConfigurations

        init(providers: ProviderChain, configurations: ProviderConfigurations) {
            self.providers = providers
            self.configurations = configurations
        }
    }

    private static func account(_ generator: inout SeededGenerator) -> DecisionInputs.Object {
        var annotations = Annotations()
        func set(_ key: String, _ values: [String?]) {
            annotations[key] = values.randomElement(using: &generator) ?? nil
        }
        for (key, values) in CloudPod.googleAnnotations { set(key, values) }
        for (key, values) in CloudPod.azureAnnotations { set(key, values) }
        let aws = "eks.amazonaws.com"
        set("\(aws)/role-arn", [nil, "arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b", "c", ""])
        set("\(aws)/token-expiration", [nil, "3600", "x"])
        set("\(aws)/sts-regional-endpoints", [nil, "true"])
        set("\(aws)/skip-containers", [nil, "side"])
        return Int.random(in: 0..<10, using: &generator) == 0 ? .absent : .known(annotations)
    }

    private static func pod(_ generator: inout SeededGenerator) -> JSONTree {
        var pod = CloudPod.pod(Bool.random(using: &generator) ? CloudPod.google : CloudPod.azure, &generator)
        var metadata = pod["metadata"] ?? .object([:])
        var annotations = metadata["annotations"] ?? .object([:])
        let own = [("token-expiration", ["7200", "y"]), ("skip-containers", ["side", "\"x"]), ("other", ["1"])]
        for (key, values) in own where Int.random(in: 0..<4, using: &generator) == 0 {
            annotations["eks.amazonaws.com/\(key)"] = .string(values.randomElement(using: &generator) ?? "")
        }
        metadata["annotations"] = annotations
        pod["metadata"] = metadata
        return pod
    }

    /// The pod with a different value for something that a provider reads, with the same length as before if there was
    /// one.
    private static func changed(_ pod: JSONTree, _ generator: inout SeededGenerator) -> JSONTree {
        var (pod, metadata, spec) = (pod, pod["metadata"] ?? .object([:]), pod["spec"] ?? .object([:]))
        var (annotations, labels) = (metadata["annotations"] ?? .object([:]), metadata["labels"] ?? .object([:]))
        func toggle(_ tree: inout JSONTree, _ key: String, _ one: String, _ other: String) {
            tree[key] = .string(tree[key] == .string(one) ? other : one)
        }
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: toggle(&annotations, "eks.amazonaws.com/token-expiration", "7200", "7300")
        case 1: toggle(&annotations, "eks.amazonaws.com/skip-containers", "side", "init")
        case 2: toggle(&annotations, "cloud.google.com/token-expiration", "7200", "7300")
        case 3: toggle(&annotations, "azure.workload.identity/service-account-token-expiration", "7200", "7300")
        case 4: toggle(&labels, "azure.workload.identity/use", "true", "True")
        default: spec["os"] = .object(["name": .string(spec["os"] == nil ? "windows" : "linux")])
        }
        metadata["annotations"] = annotations
        metadata["labels"] = labels
        pod["metadata"] = metadata
        pod["spec"] = spec
        return pod
    }

    /// Everything that results for a pod.
    private struct Result: Equatable {
        var kind: String
        var patch: [UInt8] = []
        var warnings: [String] = []
        var parts: [String] = []
        var denial: Denial?
    }

    private static func run(
        _ pod: JSONTree,
        _ account: String,
        _ inputs: DecisionInputs,
        _ chain: ProviderChain,
        _ memory: DecisionMemory?
    ) throws -> Result {
        var pod = pod
        var spec = pod["spec"] ?? .object([:])
        spec["serviceAccountName"] = .string(account)
        pod["spec"] = spec
        return try JSONParser().parse(pod.bytes) { root in
            var generator = SeededGenerator(seed: 1)
            let view = try PodView(root, namespace: "shop")
            guard let result = try chain.mutate(view, inputs, using: &generator, remembering: memory).value else {
                return Result(kind: "needs")
            }
            return Result(
                kind: result.denial != nil ? "denied" : result.patch.isEmpty ? "unchanged" : "mutated",
                patch: result.patch.bytes,
                warnings: result.warnings.lines,
                parts: result.parts.map { "\($0)" },
                denial: result.denial
            )
        }
    }
}

/// A provider that counts its decisions, and reads annotations and labels that begin with `x/`.
private final class Counting: IdentityProvider {
    private let count = Mutex(0)
    var calls: Int { count.withLock { $0 } }

    let cloud = "x"
    let serviceAccountAnnotations = ["x/id"]
    let podKeys: PodKeys? = PodKeys(prefixes: ["x/"])

    func decide(
        _ pod: PodView,
        _ inputs: DecisionInputs,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        count.withLock { $0 += 1 }
        return Decision(.leaveAlone(.noIdentity)).within(.podsAlike)
    }
}
