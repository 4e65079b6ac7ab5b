import AWSIdentity
import Foundation
import JSON
import Kubernetes
import PodIdentity
import TestNetwork
import TestSupport
import Testing

@testable import Diagnosis
@testable import KubernetesObjects

@Suite("Doctor", .timeLimit(.minutes(5)))
struct DoctorTests {
    @Test("finds nothing wrong in a healthy cluster")
    func well() async throws {
        let run = try await ScriptedCluster().examine()
        #expect(run.codes == [], "\(run.report)")
        for code in [.registered, .endpointsReady, .accessGranted, .dryRunInjected, .tokenGranted] as [Finding.Code] {
            #expect(run.finding(code)?.status == .ok, "\(code)")
        }
        // The webhook's address cannot be reached from a test.
        #expect(run.report.verdict == .incomplete && !run.report.json.contains("t0k3n"))
    }

    @Test("reports that it can check nothing without any rights")
    func forbidden() async throws {
        var cluster = ScriptedCluster()
        cluster.forbidden = [""]
        let run = try await cluster.examine()
        #expect(run.report.verdict == .incomplete && run.report.findings.allSatisfy { $0.code == .requestRefused })
        #expect(run.report.findings.contains { $0.remedy == Doctor.accessCommand.shownCommand })
    }

    @Test("ends with an error if the API server does not know the user")
    func unauthorized() async throws {
        var cluster = ScriptedCluster()
        (cluster.forbidden, cluster.forbiddenStatus) = (["/serviceaccounts"], 401)
        let blind = cluster
        await #expect(throws: KubernetesError.self) { try await blind.examine() }
    }

    @Test("reports a namespace or ServiceAccount that does not exist as a problem")
    func missing() async throws {
        let cluster = ScriptedCluster()
        let namespace = try await cluster.examine { $0.namespace = "stroe" }
        #expect(namespace.codes == [.namespaceNotFound] && namespace.report.verdict == .problem)
        let account = try await cluster.examine { $0.serviceAccount = "shpo" }
        #expect(account.codes == [.serviceAccountNotFound] && account.report.verdict == .problem)
        #expect(account.finding(.serviceAccountNotFound)?.remedy == "kubectl get serviceaccounts -A")
        var blind = cluster
        blind.forbidden = ["/namespaces"]
        #expect(try await blind.examine { $0.namespace = "stroe" }.codes == [.requestRefused, .namespaceNotFound])
    }

    @Test("says that nothing was tried if no ServiceAccount has a role, and names a prefix that they use")
    func noRoles() async throws {
        var cluster = ScriptedCluster()
        cluster.settings.annotationPrefix = "example.com"
        let finding = try #require(try await cluster.examine().finding(.noRoles))
        #expect(
            finding.status == .warning && finding.message.contains("annotations example.com/…, so nothing was tried")
        )
        #expect(finding.message.hasSuffix("another prefix, such as eks.amazonaws.com/role-arn"))
        #expect(finding.remedy?.contains("--annotation-prefix eks.amazonaws.com") ?? false)
        cluster.lists["/api/v1/serviceaccounts"] = [ScriptedCluster.account("plain", annotations: #""a/b":"c""#)]
        let none = try #require(try await cluster.examine().finding(.noRoles))
        #expect(none.remedy == nil && none.status == .warning)
        #expect(try await cluster.examine { $0.namespace = "store" }.finding(.noRoles)?.status == .unknown)
        let allowed = try await cluster.examine { $0.isNoneExpected = true }
        #expect(allowed.finding(.noRoles)?.status == .ok)
    }

    // MARK: Registrations

    @Test("takes an unknown registration for a typo if there are others, and does not suggest deleting any")
    func misspelt() async throws {
        var cluster = ScriptedCluster()
        let selector =
            #","objectSelector":{"matchExpressions":[{"key":"b/skip-pod-identity-webhook","operator":"DoesNotExist"}]}"#
        let second = ScriptedCluster.registration("second", webhooks: [("second", ScriptedCluster.service, selector)])
        cluster.setRegistrations(ScriptedCluster.registration(), second)
        let run = try await cluster.examine { $0.webhookConfiguration = "pod-identity-webhok" }
        let finding = try #require(run.report.findings.first { $0.check == .registration })
        #expect(finding.code == .notRegistered)
        #expect(finding.message.hasSuffix("registered as pod-identity-webhook, second (annotations b/…)"))
        #expect(finding.remedy == "pod-identity-webhook doctor --webhook-configuration pod-identity-webhook")

        cluster.admission = { _ in .unchanged }
        let without = try await cluster.examine { $0.webhookConfiguration = "pod-identity-webhok" }
        let missed = without.report.findings.filter { $0.code == .notRegistered }
        #expect(missed.count == 2 && missed.allSatisfy { $0.remedy == finding.remedy }, "\(missed)")

        cluster.admission = { _ in .injected }
        let beside = try await cluster.examine()
        #expect(
            beside.codes == [] && beside.finding(.otherWebhook)?.message.contains("it reads annotations b/…") ?? false
        )
        let same = ScriptedCluster.registration(
            "same",
            webhooks: [
                (
                    "pod-identity-webhook", ScriptedCluster.service,
                    selector.replacing("\"b/", with: "\"eks.amazonaws.com/")
                )
            ]
        )
        cluster.setRegistrations(ScriptedCluster.registration(), same)
        #expect(try await cluster.examine().codes == [.otherWebhook])
        for run in [run, beside] {
            #expect(!run.report.findings.contains { $0.remedy?.contains("delete") ?? false })
        }
    }

    @Test(
        "suggests the tool that created a registration to restore what belongs to it",
        arguments: [
            (#","labels":{"app.kubernetes.io/name":"pod-identity-webhook"}"#, "kubectl apply -f deploy/"),
            (
                #","labels":{"app.kubernetes.io/name":"pod-identity-webhook"},"annotations":{"meta.helm.sh/release-name":"r","#
                    + #""meta.helm.sh/release-namespace":"ns"}"#,
                "helm upgrade r deploy/helm/pod-identity-webhook -n ns --reset-then-reuse-values"
            ),
            (
                "",
                "kubectl get mutatingwebhookconfiguration pod-identity-webhook -o yaml"
            ),
        ]
    )
    func origins(metadata: String, remedy: String) async throws {
        var cluster = ScriptedCluster()
        cluster.setRegistrations(ScriptedCluster.registration(metadata: metadata))
        cluster.objects = [:]
        let run = try await cluster.examine()
        #expect(run.finding(.serviceNotFound)?.remedy?.hasPrefix(remedy) ?? false, "\(run.report)")
    }

    @Test("blames the bundle if a control plane's own webhook does not respond, and does not suggest changing it")
    func hosted() async throws {
        var cluster = ScriptedCluster()
        let client = #"{"url":"https://127.0.0.1:23443/mutate","caBundle":"eA=="}"#
        let hosted = ("iam-for-pods.amazonaws.com", client, "")
        cluster.setRegistrations(ScriptedCluster.registration(metadata: "", webhooks: [hosted]))
        cluster.admission = { _ in .unchanged }
        let unseen = try await cluster.examine { $0.connect = nil }
        #expect(unseen.codes == [.notInjected] && unseen.finding(.webhookUnreachable)?.status == .unknown)
        let finding = try #require(unseen.finding(.notInjected))
        #expect(finding.message.contains("most likely because the registration's CA bundle is stale"))
        #expect(finding.note?.contains("containers-roadmap/issues/2874") ?? false)
        #expect(unseen.report.findings.allSatisfy { !($0.remedy?.contains("apply -f deploy/pod") ?? false) })
    }

    @Test("compares the bundle of a control plane's own webhook with the cluster's CAs")
    func staleBundle() async throws {
        var cluster = ScriptedCluster()
        let (old, new) = (try TestCertificates(commonName: "old"), try TestCertificates(commonName: "new"))
        let bundle = Data(old.root.certificate).base64EncodedString()
        let client = #"{"url":"https://127.0.0.1:23443/mutate","caBundle":"\#(bundle)"}"#
        cluster.setRegistrations(ScriptedCluster.registration(metadata: "", webhooks: [("iam-for-pods", client, "")]))
        let known = JSONString(String(decoding: new.root.certificate, as: UTF8.self)).lexeme
        cluster.objects["/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt"] =
            #"{"data":{"ca.crt":\#(known)}}"#
        let run = try await cluster.examine { $0.connect = nil }
        #expect(run.codes == [.staleCABundle] && run.report.verdict == .well, "\(run.report)")
    }

    @Test("reports a Service without the port that the registration calls")
    func port() async throws {
        var cluster = ScriptedCluster()
        cluster.objects = cluster.objects.mapValues { $0.replacing("443", with: "8443") }
        #expect(try await cluster.examine().codes == [.servicePortNotFound])
    }

    // MARK: The webhook's pods

    private static let file = "/etc/webhook/config.json"

    private func fileCluster(_ volume: String) -> ScriptedCluster {
        var cluster = ScriptedCluster()
        // The rest of the pod closes the open brackets.
        let rest = #","volumeMounts":[{"name":"v","mountPath":"/etc/webhook"}]}],"volumes":[{"name":"v",\#(volume)"#
        cluster.setWebhookPods(ScriptedCluster.webhookPod(more: rest))
        cluster.lists["/api/v1/serviceaccounts"] = [ScriptedCluster.account("shop", annotations: "")]
        return cluster
    }

    private func useFile(_ setup: inout DoctorSetup) {
        let credentials = EKSPodIdentitySettings(identitiesFile: Self.file)
        setup.providers = ProviderChain([EKSPodIdentityProvider(settings: AWSSettings(), credentials: credentials)])
    }

    @Test("reads a file of the webhook's pods from its ConfigMap")
    func fileOfPods() async throws {
        var cluster = fileCluster(#""configMap":{"name":"c","items":[{"key":"k","path":"config.json"}]}"#)
        let identities = JSONString(#"{"identities":[{"namespace":"store","serviceAccount":"shop"}]}"#).lexeme
        cluster.objects["/api/v1/namespaces/pod-identity-webhook/configmaps/c"] = #"{"data":{"k":\#(identities)}}"#
        cluster.admission = { _ in .unchanged }
        // Only the file shows that the ServiceAccount has an identity.
        let run = try await cluster.examine(setUp: useFile)
        #expect(run.codes == [.notInjected], "\(run.report)")
        let elsewhere = try await fileCluster(#""emptyDir":{}"#).examine(setUp: useFile)
        #expect(elsewhere.codes == [.configurationUnreadable, .noRoles], "\(elsewhere.report)")
        let gone = try await fileCluster(#""configMap":{"name":"c"}"#).examine(setUp: useFile)
        #expect(gone.finding(.configurationUnreadable)?.message.contains("404") ?? false, "\(gone.report)")
    }

    @Test("reads the arguments of the webhook's container as the kubelet expands them")
    func arguments() throws {
        let container =
            #"{"name":"w","command":["/bin/webhook","serve"],"args":["--a=$(A)","--b=$(NO)","--c=$$(A)$","--d","$(NO)x","--e=$(B)","--ns=$(NS)","f"],"#
            + #""env":[{"name":"A","value":"1"},{"name":"NO","valueFrom":{}},{"name":"NS","valueFrom":{"fieldRef":{"fieldPath":"metadata.namespace"}}}],"ports":[{"containerPort":8443}]}"#
        let pods = [#""deletionTimestamp":"x","#, ""].map {
            #"{"metadata":{\#($0)"name":"w","namespace":"own"},"spec":{"serviceAccountName":"r","containers":[{"name":"x"},\#(container)]}}"#
        }
        let json = "[\(pods.joined(separator: ","))]"
        let running = try JSONParser().parse(Array(json.utf8)) { RunningWebhook($0, namespace: "n", target: "8443") }
        let pod = try #require(running?.pods.first)
        #expect(running?.pods.count == 1 && pod.arguments == ["--a=1", "--c=$(A)$", "--e=$(B)", "--ns=own", "f"])
        #expect(pod.unresolved == ["--b=$(NO)", "--d=$(NO)x"])
        let more = json.replacing(#""env":"#, with: #""envFrom":[{"configMapRef":{"name":"c"}}],"env":"#)
        let open = try JSONParser().parse(Array(more.utf8)) { RunningWebhook($0, namespace: "n", target: "8443") }
        #expect(open?.pods.first?.unresolved == ["--b=$(NO)", "--d=$(NO)x", "--e=$(B)"])
        #expect(try JSONParser().parse(Array("[]".utf8)) { RunningWebhook($0, namespace: "n", target: "x") } == nil)
        let read = try JSONParser().parse(Array(more.utf8)) {
            RunningWebhook($0, namespace: "n", target: "8443", ["c": ["A": "2", "B": "3"]])
        }
        #expect(read?.pods.first?.arguments == ["--a=1", "--c=$(A)$", "--e=3", "--ns=own", "f"])
        #expect(read?.pods.first?.variables.known == ["A": "1", "B": "3", "NS": "own"])
        #expect(read?.pods.first?.variables.elsewhere == ["NO"] && read?.pods.first?.variables.haveMore == false)
    }

    @Test("reads only the webhook's live pods")
    func livePods() async throws {
        let run = try await ScriptedCluster().examine()
        let list = try #require(run.requests.first { $0.path == "/api/v1/namespaces/pod-identity-webhook/pods" })
        #expect(list.query("fieldSelector")?.removingPercentEncoding == PodScan.livePods)
        #expect(list.query("labelSelector")?.removingPercentEncoding == "app=w" && list.query("limit") == "50")
    }

    @Test("gives the system's error if the webhook cannot be reached")
    func unreachable() async throws {
        let run = try await ScriptedCluster().examine()
        let message = run.finding(.webhookUnreachable)?.message
        #expect(message?.hasSuffix("(127.0.0.1:1: Connection refused)") ?? false, "\(run.report)")
    }

    // MARK: Rights

    @Test("names the rights that the webhook lacks, what they are for, and how to grant them")
    func rights() async throws {
        var cluster = ScriptedCluster()
        cluster.denied = [
            "patch events", "patch mutatingwebhookconfigurations", "create secrets", "watch configmaps", "list pods",
            "get namespaces", "list namespaces", "watch namespaces",
        ]
        let run = try await cluster.examine(setUp: {
            ($0.rights.readsNamespaces, $0.rights.watchesConfigMap, $0.rights.scansPods) = (true, true, true)
        })
        let denied = run.report.findings.filter { $0.code == .accessDenied }
        #expect(denied.count == 6 && denied.allSatisfy { $0.subject == "pod-identity-webhook/runner" })
        #expect(
            denied.filter { $0.status == .warning }.map(\.message).allSatisfy {
                $0.contains("events") || $0.contains("pods")
            }
        )
        let webhook = "pod-identity-webhook"
        for (message, remedy) in [
            ("patch events in all namespaces", "create clusterrole runner-events --verb=patch --resource=events"),
            ("get, list, watch namespaces:", "create clusterrole runner-namespaces --verb=get,list,watch"),
            ("watch configmaps \(webhook) in \(webhook):", "-n \(webhook) create role runner-configmaps --verb=watch"),
            ("create secrets in \(webhook):", "-n \(webhook) create role runner-secrets-create --verb=create"),
            (
                "patch mutatingwebhookconfigurations \(webhook):",
                "--resource=mutatingwebhookconfigurations.admissionregistration.k8s.io --resource-name=\(webhook)"
            ),
        ] {
            let finding = denied.first { $0.message.contains("may not \(message)") }
            #expect(finding?.remedy?.contains(remedy) ?? false, "\(message): \(denied)")
        }
        let granted = run.finding(.accessGranted)?.message ?? ""
        #expect(granted.hasSuffix(" what its flags need with serviceaccounts, secrets"), "\(granted)")
    }

    @Test("checks only the rights that all webhooks need for a different webhook")
    func otherWebhook() async throws {
        var cluster = ScriptedCluster()
        cluster.setRegistrations(ScriptedCluster.registration(metadata: ""))
        cluster.denied = ["create events", "create secrets", "patch mutatingwebhookconfigurations"]
        #expect(try await cluster.examine().codes == [])
        cluster.denied = ["list serviceaccounts"]
        #expect(try await cluster.examine().codes == [.accessDenied])
    }

    @Test("checks no rights of a webhook that reads files")
    func files() async throws {
        var cluster = ScriptedCluster()
        cluster.denied = ["list serviceaccounts"]
        #expect(try await cluster.examine(setUp: { $0.rights.usesCluster = false }).codes == [])
    }
}
