import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// The registration for several clouds in a cluster.
    @Suite(.serialized) struct ChartRegistrationTests {
        private static let name = DeployedWebhook.namespace
        private static let settings = [
            "--set", "providers={aws,google,azure},azure.tenantID=tenant,strict.enabled=true,namespace.create=true",
        ]

        @Test func `Only pods that ask for an Azure identity are refused while the webhook is down`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            let manifest = try await Chart.render(Self.settings)
            let registration = manifest.of(kinds: ["Namespace", "Service", "MutatingWebhookConfiguration"])
            try await controlPlane.apply(registration)
            // Before version 1.21, Kubernetes does not label namespaces with their names.
            try await controlPlane.kubectl([
                "label", "namespace", "kube-system", "kubernetes.io/metadata.name=kube-system", "--overwrite",
            ])
            let namespace = try await controlPlane.makeNamespace("down")
            func isCreated(_ labels: String, in namespace: String) async throws -> Bool {
                let pod = """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: app, labels: {\(labels)}}
                    spec: {automountServiceAccountToken: false, containers: [{name: main, image: example}]}
                    """
                do {
                    try await controlPlane.create(pod, namespace: namespace, dryRun: true)
                    return true
                } catch let error as CommandError {
                    let text = "\(error)"
                    #expect(text.contains("failed calling webhook \"azure.strict."), "\(text)")
                    return false
                }
            }
            let azure = #"azure.workload.identity/use: "true""#
            let skipped = "eks.amazonaws.com/skip-pod-identity-webhook: x"
            // A new registration takes effect after a moment.
            try await eventually("a pod to be refused", log: controlPlane.logTails) {
                try await !isCreated(azure, in: namespace)
            }
            #expect(try await !isCreated("\(azure), \(skipped)", in: namespace))
            for labels in ["", #"azure.workload.identity/use: "false""#, "azure.workload.identity/use: yes-please"] {
                #expect(try await isCreated(labels, in: namespace), "\(labels)")
            }
            #expect(try await isCreated(azure, in: "kube-system"))
            // In the webhook's own namespace, only its own pods are exempt.
            let own = "pod-identity-webhook.amazonaws.com/webhook: any"
            #expect(try await isCreated("\(azure), \(own)", in: Self.name))
            #expect(try await !isCreated(azure, in: Self.name))
            try await controlPlane.kubectl(["delete", "mutatingwebhookconfiguration", Self.name])
            try await controlPlane.kubectl(["delete", "namespace", namespace, "--wait=false"])
        }

        @Test func `The webhook writes its CA into each entry of the registration`() async throws {
            let controlPlane = try await ControlPlane.shared()
            let webhook = try await DeployedWebhook.install(
                try await Chart.render(Self.settings),
                on: controlPlane
            )
            do {
                try await eventually("the CA in each entry", log: webhook.logs) {
                    let entries = try await controlPlane.get("mutatingwebhookconfiguration", Self.name)["webhooks"]
                    let bundles = entries.elements.map { $0["clientConfig"]["caBundle"].string ?? "" }
                    return bundles.count == 5 && Set(bundles).count == 1 && !bundles.contains("")
                }
                try await webhook.waitUntilReady()
            } catch {
                try await Self.uninstall(webhook)
                throw error
            }
            try await Self.uninstall(webhook)
        }

        private static func uninstall(_ webhook: DeployedWebhook) async throws {
            try await webhook.stop()
            for object in ["mutatingwebhookconfiguration/\(name)", "secret/\(name)", "deployment/\(name)"] {
                try await webhook.controlPlane.kubectl(["delete", object, "-n", name, "--ignore-not-found"])
            }
        }
    }
}
