import AWSIdentity
import JSON
import TestNetwork
import TestSupport
import Testing

@testable import Diagnosis

@Suite("Doctor and the API server's policy that injects roles", .timeLimit(.minutes(5)))
struct AdmissionPolicyTests {
    private static let name = "identity"
    private static let manifests = AdmissionPolicy(settings: AWSSettings()).manifests(name: name)

    /// A cluster with these policies; nil if its API server does not support them.
    private func serving(_ policies: [JSONTree]?, bindings: [JSONTree] = []) -> ScriptedCluster {
        var cluster = ScriptedCluster()
        func list(_ items: [JSONTree]) -> String {
            String(decoding: JSONTree.object(["items": .array(items)]).bytes, as: UTF8.self)
        }
        guard let policies else { return cluster }
        cluster.objects[AdmissionPolicyCheck.path] = list(policies)
        cluster.objects[AdmissionPolicyCheck.bindingsPath] = list(bindings)
        return cluster
    }

    /// - Parameter settings: The webhook's settings.
    private func findings(
        _ cluster: ScriptedCluster,
        _ settings: AWSSettings = AWSSettings()
    ) async throws -> [Finding] {
        let policy = AdmissionPolicy(settings: settings)
        let run = try await cluster.examine(setUp: {
            $0.policy = ExpectedPolicy(
                spec: policy.spec,
                roleAnnotation: policy.roleAnnotation,
                arguments: ["--token-audience=a b"]
            )
        })
        return run.report.findings.filter { $0.code.rawValue.hasPrefix("policy_") || $0.code == .requestRefused }
    }

    /// The policy as the API server returns it.
    private static var stored: JSONTree {
        var policy = manifests[0]
        policy[path: ["metadata", "uid"]] = .string("1")
        policy[path: ["spec", "matchConstraints", "matchPolicy"]] = .string("Equivalent")
        policy[path: ["spec", "matchConstraints", "namespaceSelector"]] = .object([:])
        policy[path: ["status"]] = .object([:])
        return policy
    }

    @Test("report an API server without policies, and one that does not support them, as ok")
    func absent() async throws {
        let unsupported = try await findings(serving(nil))
        #expect(unsupported.map(\.code) == [.policyUnsupported] && unsupported[0].status == .ok)
        let missing = try await findings(serving([]))
        #expect(missing.map(\.code) == [.policyNotInstalled] && missing[0].status == .ok)
        #expect(missing[0].message.contains("policy '--token-audience=a b'"))
    }

    @Test("request nothing if the webhook gives no AWS roles")
    func otherClouds() async throws {
        let run = try await serving(nil).examine()
        #expect(!run.report.findings.contains { $0.code == .policyUnsupported })
        #expect(!run.requests.contains { $0.path == AdmissionPolicyCheck.path })
    }

    @Test("accept a policy for the webhook's flags, whatever defaults the API server has added")
    func installed() async throws {
        let found = try await findings(serving([Self.stored], bindings: [Self.manifests[1]]))
        #expect(found.map(\.code) == [.policyInstalled] && found[0].subject == Self.name)
    }

    @Test("report that a policy without a binding has no effect")
    func notBound() async throws {
        var other = Self.manifests[1]
        other[path: ["spec", "policyName"]] = .string("other")
        let found = try await findings(serving([Self.stored], bindings: [other]))
        #expect(found.map(\.code) == [.policyNotBound] && found[0].status == .warning)
        #expect(found[0].remedy?.hasSuffix("--name identity | kubectl apply -f -") ?? false)
    }

    @Test("report a policy for other flags with the differences")
    func differs() async throws {
        var settings = AWSSettings()
        settings.tokenAudience = "other"
        settings.annotatesPods = true
        let found = try await findings(serving([Self.stored], bindings: [Self.manifests[1]]), settings)
        #expect(found.map(\.code) == [.policyDiffers] && found[0].status == .warning)
        #expect(found[0].message.contains("(variables: audience, mutations)"), "\(found)")
        var weak = Self.stored
        weak[path: ["spec", "failurePolicy"]] = .string("Fail")
        let failing = try await findings(serving([weak], bindings: [Self.manifests[1]]))
        #expect(failing.map(\.code) == [.policyDiffers] && failing[0].message.contains("(failurePolicy)"))
    }

    @Test("fix a policy of a chart release with Helm")
    func chart() async throws {
        var policy = Self.stored
        policy[path: ["metadata", "labels", "app.kubernetes.io/instance"]] = .string("identity")
        var cluster = serving([policy])
        let release =
            #","labels":{"app.kubernetes.io/name":"pod-identity-webhook"},"annotations":"#
            + #"{"meta.helm.sh/release-name":"identity","meta.helm.sh/release-namespace":"system"}"#
        cluster.setRegistrations(ScriptedCluster.registration(metadata: release))
        let remedy = try await findings(cluster).first?.remedy ?? ""
        #expect(remedy.hasPrefix("helm upgrade identity") && remedy.hasSuffix("--set admissionPolicy.enabled=true"))
    }

    @Test("ignore a policy with another annotation prefix or a different purpose")
    func others() async throws {
        var prefixed = AWSSettings()
        prefixed.annotationPrefix = "irsa.example.com"
        let other = AdmissionPolicy(settings: prefixed).manifests(name: "other")
        let foreign = try JSONTree(parsing: #"{"metadata":{"name":"x"},"spec":{"mutations":[]}}"#.utf8)
        let found = try await findings(serving([other[0], foreign], bindings: [other[1]]))
        #expect(found.map(\.code) == [.policyNotInstalled])
    }

    @Test("report which right is missing to read policies")
    func forbidden() async throws {
        var cluster = serving([Self.stored])
        cluster.forbidden = ["mutatingadmissionpolicies"]
        let found = try await findings(cluster)
        #expect(found.map(\.code) == [.requestRefused] && found[0].remedy == Doctor.accessCommand.shownCommand)
    }
}
