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
    private var local: AdmissionController.Local
    private let memory = DecisionMemory()
    /// The review, followed by the padding that a connection adds.
    private let padded: [UInt8]

    /// - Parameter review: The name of a review in the tests' fixtures.
    init(review: String) throws {
        self.review = try Self.read("Tests/TestSupport/Fixtures/review-\(review).json")
        var settings = AWSSettings()
        settings.annotatesPods = true
        provider = IRSAProvider(settings: settings)
        providers = ProviderChain([provider])
        controller = Self.controller(providers, account)
        local = controller.makeLocal()
        padded = self.review + [UInt8](repeating: 0, count: JSONParser.padding)
    }

    func parse(_ body: (JSONValue) throws -> Void) throws {
        try padded.withUnsafeBytes { bytes in
            try parser.parse(UnsafeRawBufferPointer(rebasing: bytes[..<review.count]), padded: true, body)
        }
    }

    private static func read(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(repository)/\(path)").standardized))
    }

    private static func controller(_ providers: ProviderChain, _ annotations: Annotations) -> AdmissionController {
        let index = AnnotationIndex([serviceAccount: annotations])
        return AdmissionController(providers: providers, cluster: ClusterIndexes(serviceAccounts: index))
    }

    /// Takes the role from the ServiceAccount.
    func forgetRole() {
        controller = Self.controller(providers, Annotations())
        local = controller.makeLocal()
    }

    /// Adds the repository's profiles, none of which applies to the pod.
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

    private func pod(_ root: JSONValue) throws -> PodView {
        guard let object = root["request"]?["object"] else { throw BenchmarkError.noInjection }
        return try PodView(object, namespace: "default")
    }

    private var inputs: DecisionInputs {
        DecisionInputs(serviceAccount: .known(account), configurations: configurations)
    }

    func decide(_ root: JSONValue) throws {
        var generator = SystemRandomNumberGenerator()
        let answer = providers.decide(try pod(root), inputs, using: &generator, remembering: memory)
        guard answer.value != nil else { throw BenchmarkError.noInjection }
    }

    func patch(_ root: JSONValue) throws {
        var generator = SystemRandomNumberGenerator()
        let result = try providers.mutate(try pod(root), inputs, using: &generator, remembering: memory)
        guard result.value?.patch.isEmpty == false else { throw BenchmarkError.noInjection }
    }

    func answer(_ outcome: AdmissionResponse.Outcome = .mutated) throws -> AdmissionResponse {
        let result = try padded.withUnsafeBytes { bytes in
            try controller.review(
                UnsafeRawBufferPointer(rebasing: bytes[..<review.count]),
                padded: true,
                parser: parser,
                local: local
            )
        }
        guard case .ready(let answer) = result, answer.outcome == outcome else { throw BenchmarkError.noInjection }
        return answer
    }
}
