import AzureIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("An ephemeral container of a pod with an Azure identity", .timeLimit(.minutes(5)))
struct EphemeralContainerTests {
    private func mutate(_ pod: JSONTree) throws -> JSONTree {
        let chain = ProviderChain([AzureIdentityProvider(settings: AzurePod.settings)])
        let result = try JSONParser().parse(pod.bytes) { root in
            try chain.mutateEphemeralContainers(of: try PodView(root, namespace: "ns"), except: [])
        }
        return try pod.applying(patch: try JSONTree(parsing: result.patch.bytes))
    }

    private func pod(_ annotations: [String: String] = [:]) throws -> JSONTree {
        var pod = try AzurePod.mutate(try AzurePod.pod(annotations)).pod
        pod[path: ["spec", "ephemeralContainers"]] = .array([.object(["name": .string("debugger")])])
        return pod
    }

    @Test("gets what the other containers have")
    func same() throws {
        let pod = try pod()
        let result = try mutate(pod)
        let debugger = try #require(result[path: ["spec", "ephemeralContainers"]]?.elements?.first)
        let main = try #require(pod[path: ["spec", "containers"]]?.elements?.first)
        #expect(debugger.environment == main.environment && debugger.environment.count == 4)
        #expect(debugger["volumeMounts"] == main["volumeMounts"])
        #expect(try mutate(result) == result)
    }

    @Test("gets nothing if it is skipped or the pod has lost its label")
    func skipped() throws {
        let skipped = try pod(["skip-containers": "debugger"])
        #expect(try mutate(skipped) == skipped)
        var other = try pod()
        other[path: ["metadata", "labels"]] = .object([:])
        #expect(try mutate(other) == other)
    }
}
