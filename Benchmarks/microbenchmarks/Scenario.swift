import AWSIdentity
import Admission
import ClusterState
import FederationProfiles
import FoundationEssentials
import JSON
import KubernetesObjects
import PodIdentity

/// A review, and a webhook that knows a role for the ServiceAccount of its pod.
final class Scenario {
    private static let serviceAccount = NamespacedName(namespace: "default", name: "app")
    private static let repository = "\(#filePath)/../../.."

    let review: [UInt8]
    let parser = JSONParser()
    private let account = Annotations(["eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/app"])
    private let provider: IRSAProvider
    private var providers: ProviderChain
    private var configurations = ProviderConfigurations()
    private(set) var controller: AdmissionController

    /// - Parameter review: the name of one among the tests' fixtures.
    init(review: String) throws {
        self.review = try Self.read("Tests/TestSupport/Fixtures/review-\(review).json")
        var settings = AWSSettings()
        settings.annotatesPods = true
        provider = IRSAProvider(settings: settings)
        providers = ProviderChain([provider])
        controller = Self.controller(providers, account)
    }

    private static func read(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(repository)/\(path)").standardized))
    }

    private static func controller(_ providers: ProviderChain, _ annotations: Annotations) -> AdmissionController {
        let index = AnnotationIndex([serviceAccount: annotations])
        return AdmissionController(providers: providers, cluster: ClusterIndexes(serviceAccounts: index))
    }

    /// Takes the role from the ServiceAccount.
    func forgetRole() { controller = Self.controller(providers, Annotations()) }

    /// Adds the repository's profiles, none of which gives the pod anything.
    func addProfiles() throws {
        let folder = URL(fileURLWithPath: "\(Self.repository)/deploy/profiles").standardized.path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let set = try ProfileSet(
            try files.map { ProfileReport.Text(bytes: try Self.read("deploy/profiles/\($0)")) }
        )
        let source = ProviderConfigurationSource(.files(["profiles"]), ProfileSet.self)
        configurations.set(source.place, to: set)
        providers = ProviderChain([provider], dynamic: [source])
    }

    func decide(_ root: JSONValue) throws -> (PodView, [Injection]) {
        guard let object = root["request"]?["object"] else { throw BenchmarkError.noInjection }
        let pod = try PodView(object, namespace: "default")
        var generator = SystemRandomNumberGenerator()
        let inputs = DecisionInputs(serviceAccount: .known(account), configurations: configurations)
        let injections = providers.decide(pod, inputs, using: &generator).value?.injections ?? []
        guard !injections.isEmpty else { throw BenchmarkError.noInjection }
        return (pod, injections)
    }

    func patch(_ root: JSONValue) throws {
        let (pod, injections) = try decide(root)
        _ = PodMutator.mutate(pod, with: injections)
    }

    func answer(_ outcome: AdmissionResponse.Outcome = .mutated) throws -> AdmissionResponse {
        let result = try review.withUnsafeBytes { try controller.review($0, padded: false, parser: parser) }
        guard case .ready(let answer) = result, answer.outcome == outcome else { throw BenchmarkError.noInjection }
        return answer
    }
}
