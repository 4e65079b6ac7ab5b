import AWSIdentity
import JSON
import PodIdentity
import Testing

@testable import Diagnosis
@testable import KubernetesObjects

@Suite("Running pods", .timeLimit(.minutes(5)))
struct RunningPodTests {
    /// - Parameters:
    ///   - metadata: The pod's metadata other than its name.
    ///   - variables: The variables of its container.
    private static func pod(metadata: String = "", variables: String = "") -> String {
        #"{"metadata":{"namespace":"store","name":"p"\#(metadata)},"spec":{"serviceAccountName":"shop","#
            + #""containers":[{"name":"main","env":[\#(variables)]}]}}"#
    }

    @Test("are ignored while they terminate, unless one is named")
    func terminating() async throws {
        var cluster = ScriptedCluster()
        let gone = Self.pod(metadata: #","deletionTimestamp":"2026-01-04T00:00:00Z""#)
        for path in ["/api/v1/pods", "/api/v1/namespaces/store/pods"] { cluster.lists[path] = [gone] }
        cluster.lists["/api/v1/namespaces/store/serviceaccounts"] = [ScriptedCluster.account("shop")]
        let run = try await cluster.examine()
        #expect(run.codes == [] && run.finding(.podInjected)?.message.hasPrefix("0 of 0 pods") ?? false)
        let named = try await cluster.examine { ($0.namespace, $0.pod) = ("store", "p") }
        #expect(named.codes == [.webhookDidNotAnswer], "\(named.report)")
    }

    @Test("are counted unless they have another identity on purpose")
    func counts() async throws {
        var cluster = ScriptedCluster()
        let own = #"{"name":"AWS_ROLE_ARN","value":"own"},{"name":"AWS_WEB_IDENTITY_TOKEN_FILE","value":"/own"}"#
        cluster.lists["/api/v1/pods"] = [Self.pod(variables: own), Self.pod()]
        let run = try await cluster.examine()
        #expect(run.finding(.podInjected)?.message.hasPrefix("0 of 1 pods") ?? false, "\(run.report)")
    }

    @Test("need nothing if their ServiceAccount has no role, and no dry run is made for them")
    func withoutRole() async throws {
        var cluster = ScriptedCluster()
        cluster.lists["/api/v1/namespaces/store/serviceaccounts"] = [ScriptedCluster.account("shop", annotations: "")]
        cluster.lists["/api/v1/namespaces/store/pods"] = [Self.pod()]
        let run = try await cluster.examine { ($0.namespace, $0.pod) = ("store", "p") }
        #expect(run.codes == [] && run.pods.isEmpty && run.finding(.podLeftAlone) != nil, "\(run.report)")
    }

    @Test("have long values cut in findings")
    func longValues() async throws {
        var cluster = ScriptedCluster()
        let long = "arn:aws:iam::111122223333:role/\(String(repeating: "x", count: 1500))"
        let variables = ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"].map { #"{"name":"\#($0)","value":"\#(long)"}"# }
        cluster.lists["/api/v1/pods"] = [
            Self.pod(
                metadata: #","annotations":{"eks.amazonaws.com/role-arn":"\#(long)"}"#,
                variables: variables.joined(separator: ",")
            )
        ]
        cluster.settings.annotatesPods = true
        let run = try await cluster.examine()
        let finding = try #require(run.report.findings.first { $0.check == .pods && $0.status != .ok })
        #expect(finding.code == .otherIdentity && finding.message.utf8.count < 1000, "\(finding)")
    }

    @Test("have their ended ephemeral containers distinguished from the others")
    func endedContainers() throws {
        let statuses =
            #"[{"name":"ended","state":{"terminated":{"exitCode":0}}},{"name":"runs","state":{"running":{}}},{"name":"new"}]"#
        let pod = #"{"metadata":{"name":"p"},"status":{"ephemeralContainerStatuses":\#(statuses)}}"#
        let facts = try JSONParser().parse(Array(pod.utf8)) {
            PodFacts(ObjectView($0), Workload(namespace: "store", owners: []))
        }
        #expect(facts.endedContainers == ["ended"])
    }

    @Test("need no trust policy for tokens if an association gives the role")
    func associations() throws {
        let credentials = EKSPodIdentitySettings(identitiesFile: "/config.json")
        let providers = ProviderChain([EKSPodIdentityProvider(settings: AWSSettings(), credentials: credentials)])
        var cluster = ClusterView(providers: providers)
        let account = NamespacedName(namespace: "store", name: "shop")
        let identities = #"{"identities":[{"namespace":"store","serviceAccount":"shop"}]}"#
        _ = try cluster.configurations.read(
            Array(identities.utf8),
            of: try #require(providers.configurations.first)
        )
        cluster.accounts[account] = ClusterView.Account(annotations: Annotations())
        #expect(cluster.hasIdentity(account) && cluster.trustNeeded(by: account) == "")
    }

    @Test("keep the containers that their ServiceAccount acknowledges when others are added")
    func acknowledged() async throws {
        var cluster = ScriptedCluster()
        let role = #""eks.amazonaws.com/role-arn":"\#(ScriptedCluster.role)""#
        let variables =
            #"{"name":"AWS_ROLE_ARN","value":"own"},{"name":"AWS_WEB_IDENTITY_TOKEN_FILE","value":"/own"}"#
        cluster.lists["/api/v1/pods"] = [Self.pod(variables: variables)]
        for (annotation, value) in [
            ("", "main"), (#","eks.amazonaws.com/acknowledge-warnings":" a, b,""#, "a,b,main --overwrite"),
        ] {
            cluster.lists["/api/v1/serviceaccounts"] = [
                ScriptedCluster.account("shop", annotations: role + annotation)
            ]
            let run = try await cluster.examine()
            let finding = run.finding(.ownCredentials)
            let command =
                "kubectl -n store annotate serviceaccount shop eks.amazonaws.com/acknowledge-warnings=\(value)"
            #expect(finding?.remedy == command && finding?.note != nil, "\(run.report)")
        }
    }
}
