import GoogleIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("An ephemeral container of a pod with a Google identity", .timeLimit(.minutes(5)))
struct EphemeralContainerTests {
    private func mutate(_ pod: JSONTree) throws -> (pod: JSONTree, result: MutationResult) {
        var pod = pod
        pod[path: ["spec", "ephemeralContainers"]] = try JSONTree(
            parsing: #"[{"name":"debugger","targetContainerName":"main"}]"#.utf8
        )
        let result = try JSONParser().parse(pod.bytes) { root in
            try ProviderChain([GoogleIdentityProvider(settings: GoogleSettings())])
                .mutateEphemeralContainers(of: try PodView(root, namespace: "ns"), except: [])
        }
        return (try pod.applying(patch: try JSONTree(parsing: result.patch.bytes)), result)
    }

    @Test("gets what its target has", arguments: ["direct", "gcloud"])
    func injected(mode: String) throws {
        let pod = try GooglePod.pod(
            annotations: ["skip-containers": "other"],
            containers: #"[{"name":"other"},{"name":"main"}]"#
        )
        let created = try GooglePod.mutate(GooglePod.account.merging(["injection-mode": mode]) { $1 }, pod: pod).pod
        let (after, result) = try mutate(created)
        let main = created[path: ["spec", "containers"]]?.elements?[1]
        let debugger = after[path: ["spec", "ephemeralContainers"]]?.elements?[0]
        #expect(debugger?["env"] == main?["env"] && main?["env"]?.elements?.count ?? 0 > 2)
        #expect(debugger?["volumeMounts"]?.isEquivalent(to: main?["volumeMounts"] ?? .null) ?? false)
        #expect(result.reason == .injected && result.warnings == [])
        #expect(result.identity == GooglePod.email && result.method == "google_\(mode)")
        var rest = after
        rest[path: ["spec", "ephemeralContainers"]] = nil
        #expect(rest == created, "nothing else of an existing pod can change")
    }

    @Test("gets nothing if the pod has no identity or its own credentials")
    func nothing() throws {
        #expect(try mutate(try GooglePod.pod()).result.patch.isEmpty)
        let own = #"[{"name":"main","env":[{"name":"GOOGLE_APPLICATION_CREDENTIALS","value":"/own"}]}]"#
        #expect(try mutate(try GooglePod.pod(containers: own)).result.patch.isEmpty)
    }
}
