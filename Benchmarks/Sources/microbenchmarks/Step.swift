import AWSIdentity
import Admission
import ClusterState
import FederationProfiles
import Foundation
import JSON
import KubernetesObjects
import PodIdentity

/// One step of a request's way, on one of the reviews that the tests have.
struct Step {
    let name: String
    /// Runs the step so many times.
    let run: (Int) throws -> Void

    private init(_ name: String, _ once: @escaping () throws -> Void) {
        self.name = name
        run = { count in for _ in 0..<count { try once() } }
    }

    static func all() throws -> [Step] {
        try ["small", "airflow"].flatMap { try steps(review: $0) }
    }

    private static func steps(review: String) throws -> [Step] {
        let fixtures = "\(#filePath)/../../../../Tests/TestSupport/Fixtures"
        let bytes = [UInt8](
            try Data(contentsOf: URL(fileURLWithPath: "\(fixtures)/review-\(review).json").standardized)
        )
        let parser = JSONParser()
        let account = Annotations([
            "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/app"
        ])
        var settings = AWSSettings()
        settings.annotatesPods = true
        let providers = ProviderChain([IRSAProvider(settings: settings)])
        let index = AnnotationIndex([NamespacedName(namespace: "default", name: "app"): account])
        let controller = AdmissionController(
            providers: providers,
            cluster: ClusterIndexes(serviceAccounts: index)
        )
        let (others, profiles) = try profiles(besides: IRSAProvider(settings: settings))
        let answer = try answer(controller, bytes, parser)
        let plain = AnnotationIndex([NamespacedName(namespace: "default", name: "app"): Annotations()])
        let idle = AdmissionController(providers: providers, cluster: ClusterIndexes(serviceAccounts: plain))
        let connection = try TLSLoop()
        return [
            Step("\(review)-parse") { try parser.parse(bytes) { _ in } },
            Step("\(review)-decide") {
                try parser.parse(bytes) { root in _ = try decide(root, providers, account) }
            },
            Step("\(review)-profiles") {
                try parser.parse(bytes) { root in _ = try decide(root, others, account, profiles) }
            },
            Step("\(review)-patch") {
                try parser.parse(bytes) { root in
                    let (pod, injections) = try decide(root, providers, account)
                    _ = PodMutator.mutate(pod, with: injections)
                }
            },
            Step("\(review)-encode") { _ = answer.body },
            Step("\(review)-answer") { _ = try Self.answer(controller, bytes, parser).body },
            Step("\(review)-nothing") { _ = try Self.answer(idle, bytes, parser, .unchanged).body },
            Step("\(review)-tls") { try connection.exchange(request: bytes, response: answer.body) },
        ]
    }

    /// A provider with the repository's profiles, none of which gives the pod anything.
    private static func profiles(
        besides provider: IRSAProvider
    ) throws -> (ProviderChain, ProviderConfigurations) {
        let folder = URL(fileURLWithPath: "\(#filePath)/../../../../deploy/profiles").standardized
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let set = try ProfileSet(try files.map { ProfileReport.Text(bytes: [UInt8](try Data(contentsOf: $0))) })
        let source = ProviderConfigurationSource(.files(["profiles"]), ProfileSet.self)
        var configurations = ProviderConfigurations()
        configurations.set(source.place, to: set)
        return (ProviderChain([provider], dynamic: [source]), configurations)
    }

    private static func decide(
        _ root: JSONValue,
        _ providers: ProviderChain,
        _ account: Annotations,
        _ configurations: ProviderConfigurations = .init()
    ) throws -> (PodView, [Injection]) {
        guard let object = root["request"]?["object"] else { throw BenchmarkError.noInjection }
        let pod = try PodView(object, namespace: "default")
        var generator = SystemRandomNumberGenerator()
        let inputs = DecisionInputs(serviceAccount: .known(account), configurations: configurations)
        let injections = providers.decide(pod, inputs, using: &generator).value?.injections ?? []
        guard !injections.isEmpty else { throw BenchmarkError.noInjection }
        return (pod, injections)
    }

    private static func answer(
        _ controller: AdmissionController,
        _ bytes: [UInt8],
        _ parser: JSONParser,
        _ outcome: AdmissionResponse.Outcome = .mutated
    ) throws -> AdmissionResponse {
        let result = try bytes.withUnsafeBytes { try controller.review($0, padded: false, parser: parser) }
        guard case .ready(let answer) = result, answer.outcome == outcome else { throw BenchmarkError.noInjection }
        return answer
    }
}

enum BenchmarkError: Error { case noInjection, noPlaintext }
