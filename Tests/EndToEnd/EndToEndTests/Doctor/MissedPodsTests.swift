import Foundation
import Kubernetes
import TestNetwork
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Five hundred pods, each created right after its ServiceAccount, which is when a webhook that relies only on its
    /// watch misses them.
    @Suite struct MissedPodsTests {
        private static let count = 500

        /// A route to the API server that only the webhook uses.
        private func relayed(_ controlPlane: ControlPlane) async throws -> (relay: TCPRelay, flag: String) {
            let port = try #require(controlPlane.server.split(separator: ":").last.flatMap { Int($0) })
            let own = try freePort()
            let relay = try await TCPRelay.start(host: "127.0.0.1", port: own, to: [port])
            return (relay, "--kube-api=https://127.0.0.1:\(own)")
        }

        @Test func `Pods are missed without lookups once the watch has gone silent`() async throws {
            let (relay, flag) = try await relayed(try await ControlPlane.shared())
            let flags = [flag, "--service-account-lookup-grace-period=0"]
            try await Installation.with(flags: flags) { installation in
                relay.holdConnections()
                try await installation.controlPlane.createPods(0..<20, in: installation.namespace)
                let missed = try await installation.controlPlane.podsWithoutRole(in: installation.namespace)
                #expect(missed.count == 20, "otherwise the tests below prove nothing")
            }
            try await relay.stop()
        }

        @Test func `No pod is missed while the watch works`() async throws {
            try await Installation.with { installation in
                try await installation.controlPlane.createPods(0..<Self.count, in: installation.namespace)
                #expect(try await installation.controlPlane.podsWithoutRole(in: installation.namespace) == [])
            }
        }

        @Test func `No pod is missed when the watch and all other connections have gone silent`() async throws {
            let (relay, flag) = try await relayed(try await ControlPlane.shared())
            try await Installation.with(flags: [flag]) { installation in
                relay.holdConnections()
                try await installation.controlPlane.createPods(0..<Self.count, in: installation.namespace)
                #expect(try await installation.controlPlane.podsWithoutRole(in: installation.namespace) == [])
            }
            try await relay.stop()
        }

        @Test func `No pod is missed when the API server restarts`() async throws {
            try await Installation.with { installation in
                let controlPlane = installation.controlPlane
                try await controlPlane.createPods(0..<Self.count / 2, in: installation.namespace)
                await controlPlane.killAPIServer()
                try await controlPlane.startAPIServer()
                try await controlPlane.createPods(Self.count / 2..<Self.count, in: installation.namespace)
                #expect(try await controlPlane.podsWithoutRole(in: installation.namespace) == [])
            }
        }

        @Test func `No pod is missed when one of two replicas shuts down`() async throws {
            try await OwnInstallation.with(replicas: 2, flags: ["--shutdown-delay=3s"]) { installation in
                try await installation.ignoreFailures()
                async let creation: Void = installation.controlPlane.createPods(
                    0..<Self.count,
                    in: installation.namespace
                )
                try await installation.untilSomePodsAreThere()
                async let status = installation.replicas[0].stop()
                // As in a cluster, the endpoint is removed shortly after the process is told to end.
                try await eventually("the replica to be unready", log: installation.logs) {
                    try await installation.replicas[0].readiness().status != 200
                }
                installation.service.setTargets([installation.replicas[1].port])
                #expect(await status == 0)
                try await creation
                #expect(try await installation.controlPlane.podsWithoutRole(in: installation.namespace) == [])
            }
        }

        @Test func `A killed replica misses at most the pods in flight, and doctor lists all missed pods`()
            async throws
        {
            let clients = 4
            try await OwnInstallation.with(replicas: 2) { installation in
                try await installation.ignoreFailures()
                let controlPlane = installation.controlPlane
                try await withThrowingTaskGroup(of: Void.self) { group in
                    let share = Self.count / clients
                    for client in 0..<clients {
                        group.addTask {
                            let numbers = client * share..<(client + 1) * share
                            try await controlPlane.createPods(numbers, in: installation.namespace)
                        }
                    }
                    try await installation.untilSomePodsAreThere()
                    // New connections go elsewhere; existing ones stay.
                    installation.service.setTargets([installation.replicas[1].port])
                    await installation.replicas[0].stop(SIGKILL)
                    try await group.waitForAll()
                }
                let inFlight = try await controlPlane.podsWithoutRole(in: installation.namespace)
                #expect(inFlight.count <= clients)

                // A pod that is created while no replica responds gets no role, but it is found.
                installation.service.setTargets([])
                await installation.replicas[1].stop(SIGKILL)
                try await controlPlane.createPods(Self.count..<Self.count + 1, in: installation.namespace)
                let missed = try await controlPlane.podsWithoutRole(in: installation.namespace)
                #expect(missed == inFlight.union(["pod-\(Self.count)"]))
                #expect(try await installation.podsThatDoctorLists() == missed)
            }
        }
    }
}

extension OwnInstallation {
    /// Sets the failure policy that deploy/ has.
    fileprivate func ignoreFailures() async throws {
        try await patchRegistration(#"[{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Ignore"}]"#)
        let probe = Manifest.pod(serviceAccount: "probe")
        let pod = try await controlPlane.create(probe, namespace: namespace, dryRun: true)
        #expect(Identity.all(in: pod).allSatisfy { $0 != nil })
    }

    fileprivate func untilSomePodsAreThere() async throws {
        try await eventually("the first pods", within: .seconds(60), log: logs) {
            try await controlPlane.kubectl(["get", "pods", "-n", namespace, "-o", "name"]).split(separator: "\n").count
                > 50
        }
    }

    /// The pods in the namespace that `doctor` reports as problems.
    fileprivate func podsThatDoctorLists() async throws -> Set<String> {
        let output = try await Command(
            WebhookProcess.executable,
            ["doctor", "-o", "json", "--kubeconfig", controlPlane.adminKubeconfig, "-n", namespace]
        ).run()
        #expect(output.status == 1)
        let findings = try APIObject(json: output.text)["findings"].elements
        let pods = findings.filter { $0["check"].string == "pods" && $0["status"].string == "problem" }
        return Set(pods.compactMap { $0["subject"].string?.split(separator: "/").last.map(String.init) })
    }
}

extension ControlPlane {
    /// Creates for each number the ServiceAccount `account-N` with a role, and immediately after it the pod `pod-N`.
    fileprivate func createPods(_ numbers: Range<Int>, in namespace: String) async throws {
        let documents = numbers.flatMap { number in
            [
                Manifest.serviceAccount("account-\(number)", role: "role-\(number)"),
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: pod-\(number)}
                spec:
                  serviceAccountName: account-\(number)
                  automountServiceAccountToken: false
                  containers: [{name: main, image: example}]
                """,
            ]
        }
        let manifest = try InstallManifest.restricted(documents.joined(separator: "\n---\n"))
        try await kubectl(["create", "-n", namespace, "-f", "-"], input: manifest)
    }

    fileprivate func podsWithoutRole(in namespace: String) async throws -> Set<String> {
        let pods = try await get("pods", namespace: namespace)["items"].elements
        let missed = pods.filter { pod in
            let number = pod["metadata"]["name"].string?.dropFirst("pod-".count) ?? ""
            return Identity.all(in: pod) != [.expected(role: "role-\(number)")]
        }
        return Set(missed.compactMap { $0["metadata"]["name"].string })
    }
}
