import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("Providers from a configuration", .timeLimit(.minutes(5)))
struct ProviderSetTests {
    private struct Fixed: IdentityProvider {
        let cloud: String
        var outcome = Decision.Outcome.leaveAlone(.noIdentity)
        let serviceAccountAnnotations: [String] = []

        func decide(_ pod: PodView, _ inputs: DecisionInputs, using generator: inout some RandomNumberGenerator)
            -> Decision
        {
            Decision(outcome)
        }
    }

    private struct Providers: ProviderSet {
        let providers: [any IdentityProvider]
        init(_ providers: [any IdentityProvider]) { self.providers = providers }
        init(parsing text: [UInt8], problems: inout Warnings) throws { providers = [] }
    }

    private static let sources = ["a", "b"].map { ProviderConfigurationSource(.file(path: "/\($0)"), Providers.self) }

    private func mutate(
        _ compiled: [any IdentityProvider],
        _ configurations: ProviderConfigurations
    ) throws -> Answer<MutationResult> {
        let pod = #"{"spec":{"serviceAccountName":"a","containers":[{"name":"c"}]}}"#
        return try JSONParser().parse(Array(pod.utf8)) { root in
            var generator = SeededGenerator(seed: 1)
            let inputs = DecisionInputs(serviceAccount: .unknown, configurations: configurations)
            let chain = ProviderChain(compiled, dynamic: Self.sources)
            return try chain.mutate(try PodView(root, namespace: "shop"), inputs, using: &generator)
        }
    }

    @Test("come after the program's own for the same cloud, which makes one decision")
    func sameCloud() throws {
        var configurations = ProviderConfigurations()
        var injection = Injection.simple
        injection.identity = "of the file"
        let providers = [Fixed(cloud: "aws", outcome: .inject(injection)), Fixed(cloud: "other")]
        configurations.set(.file(path: "/a"), to: Providers(providers))
        let result = try #require(try mutate([Fixed(cloud: "aws")], configurations).value)
        #expect(result.parts.map(\.cloud) == ["aws", "other"])
        #expect(result.parts.map(\.reason) == [.injected, .noIdentity] && result.identity == "of the file")
    }

    @Test("are waited for if the configuration has not been read, with one warning for all")
    func unavailable() throws {
        var configurations = ProviderConfigurations(unread: Self.sources.map(\.place))
        let giving = Fixed(cloud: "aws", outcome: .inject(.simple))
        guard case .needs(.configuration(.file(path: "/a"))) = try mutate([giving], configurations) else {
            Issue.record("the provider does not wait for the file")
            return
        }
        for source in Self.sources { configurations.markAsUnavailable(source.place) }
        let result = try #require(try mutate([giving], configurations).value)
        #expect(result.parts.map(\.cloud) == ["profiles", "aws"])
        #expect(result.parts.map(\.reason) == [.configMapUnavailable, .injected])
        #expect(result.reason == .configMapUnavailable && result.warnings.count == 2 && !result.patch.isEmpty)
    }

    @Test("add nothing to a pod that one cloud denies")
    func denial() throws {
        let denying = Fixed(cloud: "google", outcome: .deny(Denial(.invalidSetting, "no")))
        let result = try #require(
            try mutate([Fixed(cloud: "aws", outcome: .inject(.simple)), denying], ProviderConfigurations()).value
        )
        #expect(result.denial == Denial(.invalidSetting, "google: no") && result.patch.isEmpty)
        #expect(result.parts.map(\.cloud) == ["google"] && result.reason == .invalidSetting)
    }

    @Test("distinguish a label and an annotation with the same key")
    func labels() {
        var annotations = Annotations(["k": "annotation"])
        annotations[label: "k"] = "label"
        #expect(annotations["k"] == "annotation" && annotations[label: "k"] == "label")
        #expect(annotations.pairs.map(\.value) == ["annotation"] && annotations.labels.map(\.value) == ["label"])
        annotations["k"] = nil
        #expect(annotations["k"] == nil && annotations[label: "k"] == "label" && !annotations.isEmpty)
    }
}
