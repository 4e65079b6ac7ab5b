import AWSIdentity
import JSON
import TestNetwork
import TestSupport
import Testing

@testable import Diagnosis
@testable import KubernetesObjects

@Suite("A dry run", .timeLimit(.minutes(5)))
struct DryRunTests {
    private static let template =
        #"{"metadata":{"labels":{"app":"shop","team":"a"},"annotations":{"x":"y"}},"spec":{"serviceAccountName":"shop","#
        + #""tolerations":[{"key":"spot"}],"securityContext":{"runAsUser":1000},"containers":[{"name":"main","#
        + #""image":"registry.example/shop:1","resources":{"requests":{"cpu":"250m"},"limits":{"memory":"1Gi"}}}]}}"#

    private static func workload(_ template: String, _ kind: String = "") -> String {
        let spec =
            kind == "CronJob" ? #"{"jobTemplate":{"spec":{"template":\#(template)}}}"# : #"{"template":\#(template)}"#
        return #"{"metadata":{"namespace":"store","name":"shop"},"spec":\#(spec)}"#
    }

    private static func isSkipped(_ pod: JSONTree) -> Bool {
        pod[path: ["metadata", "labels", "eks.amazonaws.com/skip-pod-identity-webhook"]] != nil
    }

    // MARK: The pod

    @Test(
        "creates a pod like those of a workload of the ServiceAccount",
        arguments: [
            ("/apis/apps/v1/deployments", "Deployment"), ("/apis/apps/v1/statefulsets", "StatefulSet"),
            ("/apis/apps/v1/daemonsets", "DaemonSet"), ("/apis/batch/v1/cronjobs", "CronJob"),
        ]
    )
    func workloads(path: String, kind: String) async throws {
        var cluster = ScriptedCluster()
        let skipping = Self.template.replacing(
            #""team":"a""#,
            with: #""eks.amazonaws.com/skip-pod-identity-webhook":"true""#
        )
        cluster.lists[path] = [Self.workload(skipping, kind), Self.workload(Self.template, kind)]
        let run = try await cluster.examine()
        let message =
            "a new pod like those of \(kind) shop gets \(ScriptedCluster.role), whose trust policy must allow "
            + "sub system:serviceaccount:store:shop and aud sts.amazonaws.com"
        #expect(run.finding(.dryRunInjected)?.message == message, "\(run.report)")
        let pod = try #require(run.pods.first)
        let container = pod["spec"]["containers"][0]
        #expect(run.pods.count == 1 && container["image"].string == "registry.example/shop:1")
        #expect(container["resources"]["limits"]["memory"].string == "1Gi")
        #expect(pod["spec"]["tolerations"][0]["key"].string == "spot")
        #expect(pod["spec"]["securityContext"]["runAsUser"].integer == 1000)
        #expect(pod["metadata"]["labels"]["team"].string == "a" && pod["metadata"]["annotations"]["x"].string == "y")
    }

    @Test("includes the volumes of a StatefulSet's claims, but not the values of priority and runtime classes")
    func claims() async throws {
        var cluster = ScriptedCluster()
        let template = Self.template.replacing(
            #""tolerations""#,
            with:
                #""priority":1,"preemptionPolicy":"Never","overhead":{},"volumes":[{"name":"a"},{"name":"b"}],"tolerations""#
        )
        let claims = #""volumeClaimTemplates":[{"metadata":{"name":"b"}},{"metadata":{"name":"c"}}],"template""#
        cluster.lists["/apis/apps/v1/statefulsets"] = [
            Self.workload(template).replacing(#""template""#, with: claims)
        ]
        let run = try await cluster.examine()
        let spec = try #require(run.pods.first)["spec"]
        #expect(spec["volumes"].elements.map { $0["name"].string } == ["a", "b", "c"])
        let names = spec["volumes"].elements.map { $0["persistentVolumeClaim"]["claimName"].string }
        #expect(names == [nil, "b-shop-0", "c-shop-0"])
        for field in ["priority", "preemptionPolicy", "overhead"] { #expect(spec[field] == .null, "\(field)") }
    }

    @Test("treats a workload without a ServiceAccount as one of `default`")
    func defaultAccount() async throws {
        var cluster = ScriptedCluster()
        let template = Self.template.replacing(#""serviceAccountName":"shop","#, with: "")
        cluster.lists["/apis/apps/v1/deployments"] = [Self.workload(template)]
        cluster.lists["/api/v1/serviceaccounts"] = [ScriptedCluster.account("default")]
        let run = try await cluster.examine()
        #expect(run.finding(.dryRunInjected)?.message.contains("those of Deployment shop") ?? false, "\(run.report)")
        #expect(run.pods.first?["spec"]["serviceAccountName"].string == "default")
    }

    @Test("creates a pod like an existing one, without what the webhook added to that")
    func existing() async throws {
        var cluster = ScriptedCluster()
        cluster.settings.annotatesPods = true
        let mount =
            #""volumeMounts":[{"name":"aws-iam-token","mountPath":"/var/run/secrets/eks.amazonaws.com/serviceaccount"}]"#
        let variable = #""env":[{"name":"AWS_ROLE_ARN","value":"old"},{"name":"A","value":"b"}]"#
        let spec = Self.template.replacing(#""image""#, with: "\(mount),\(variable),\"image\"")
            .replacing(#""tolerations""#, with: #""nodeName":"n","volumes":[{"name":"aws-iam-token"}],"tolerations""#)
        cluster.lists["/api/v1/namespaces/store/pods"] = [
            spec.replacing(#""annotations":{"#, with: #""name":"p","annotations":{"eks.amazonaws.com/role-arn":"old","#)
        ]
        let run = try await cluster.examine()
        #expect(run.finding(.dryRunInjected)?.message.hasPrefix("a new pod like Pod p gets ") ?? false, "\(run.report)")
        let pod = try #require(run.pods.first)
        let asked = pod["spec"]
        #expect(pod["metadata"]["annotations"] == .object(["x": .string("y")]))
        #expect(asked["nodeName"] == .null && asked["volumes"].elements.isEmpty)
        #expect(asked["containers"][0]["env"].elements.compactMap { $0["name"].string } == ["A"])
        #expect(asked["containers"][0]["volumeMounts"].elements.isEmpty)
        let selector = try #require(
            run.requests.first { $0.query("fieldSelector")?.contains("serviceAccountName") ?? false }
        )
        #expect(selector.uri.contains("limit=1"))
    }

    @Test("otherwise creates a plain pod with an image that runs here, with resources only if they are required")
    func plain() async throws {
        var cluster = ScriptedCluster()
        let first = try await cluster.examine()
        let pod = try #require(first.pods.first)
        #expect(first.pods.count == 1 && pod["spec"]["containers"][0]["image"].string == "example/webhook:1")
        #expect(pod["spec"]["containers"][0]["resources"] == .null)
        #expect(PodSecurity.restricted(pod) == pod)
        cluster.setWebhookPods()
        cluster.admission = { pod in
            let container = pod[path: ["spec", "containers"]]?.elements?.first
            return container?["resources"] == nil
                ? .refused(403, "failed quota: q: must specify limits.cpu") : .injected
        }
        let demanding = try await cluster.examine()
        #expect(demanding.finding(.dryRunInjected) != nil && demanding.pods.count == 3, "\(demanding.report)")
        #expect(demanding.pods.last?["spec"]["containers"][0]["image"].string == DryRunPod.image)
    }

    // MARK: Refusals

    @Test("repeats a refused pod without the webhook's additions, to find out whether they are the reason")
    func injectionRefused() async throws {
        var cluster = ScriptedCluster()
        cluster.lists["/apis/apps/v1/deployments"] = [Self.workload(Self.template)]
        let words = #"admission webhook "policies.example" denied the request: projected volumes are not allowed"#
        cluster.admission = { Self.isSkipped($0) ? .unchanged : .refused(400, words) }
        let run = try await cluster.examine()
        #expect(run.codes == [.injectionRefused] && run.report.verdict == .problem)
        #expect(run.finding(.injectionRefused)?.message.hasSuffix(words) ?? false)
        #expect(run.pods.count == 2)
        cluster.admission = { _ in .refused(403, "exceeded quota: q") }
        let quota = try await cluster.examine()
        #expect(
            quota.codes == [.dryRunRefused] && quota.finding(.dryRunRefused)?.message.hasSuffix("quota: q") ?? false
        )
    }

    @Test(
        "distinguishes the webhooks that cannot be called",
        arguments: [
            (
                #"Internal error occurred: failed calling webhook "pods.strict": Post "https://w": EOF"#,
                .webhookFailed, .problem, "cannot call the webhook pods.strict of pod-identity-webhook: "
            ),
            (
                #"admission webhook "pods.strict" denied the request: it could not be looked up"#,
                .webhookFailed, .problem, "the webhook pods.strict of pod-identity-webhook refuses the pod: "
            ),
            (
                #"Internal error occurred: failed calling webhook "second": EOF"#,
                .webhookFailed, .problem, "the webhook second of second: "
            ),
            (
                #"Internal error occurred: failed calling webhook "mesh.example": EOF"#,
                .dryRunRefused, .unknown, "another webhook, mesh.example"
            ),
            (
                #"admission webhook "mesh.example" does not support dry run"#,
                .dryRunUnsupported, .unknown, "the webhook mesh.example does not support dry runs"
            ),
            (
                #"pods is forbidden: User "u" cannot create resource "pods""#,
                .dryRunRefused, .unknown, "cannot create resource"
            ),
        ] as [(String, Finding.Code, Finding.Status, String)]
    )
    func webhooks(text: String, code: Finding.Code, status: Finding.Status, words: String) async throws {
        var cluster = ScriptedCluster()
        let second = ScriptedCluster.registration("second", webhooks: [("second", ScriptedCluster.service, "")])
        let names = ["pod-identity-webhook.amazonaws.com", "pods.strict"]
        cluster.setRegistrations(
            ScriptedCluster.registration(webhooks: names.map { ($0, ScriptedCluster.service, "") }),
            second
        )
        cluster.admission = { _ in .refused(text.contains("forbidden") ? 403 : 500, text) }
        let run = try await cluster.examine()
        let finding = try #require(run.finding(code), "\(run.report)")
        #expect(finding.status == status && finding.message.contains(words), "\(finding)")
        #expect(run.pods.count == 1)
        // Both webhooks have the same bundle.
        #expect(run.report.findings.count { $0.code == .webhookUnreachable } == 1)
        let registered = run.report.findings.filter { $0.code == .registered }.map(\.message)
        #expect(
            zip(registered, names).allSatisfy { $0.hasPrefix("\($1): called for new pods") } && registered.count == 2
        )
    }

    @Test("distinguishes releases of the chart, whose webhooks have the same names, by address")
    func releases() async throws {
        var cluster = ScriptedCluster()
        let other = #"{"service":{"name":"w","namespace":"two","path":"/mutate","port":443}}"#
        cluster.setRegistrations(
            ScriptedCluster.registration(),
            ScriptedCluster.registration("two", webhooks: [("pod-identity-webhook.amazonaws.com", other, "")])
        )
        for (address, owner) in [("w.two", "two"), ("w.three", "pod-identity-webhook")] {
            cluster.admission = { _ in
                let call = #"failed calling webhook "pod-identity-webhook.amazonaws.com": Post "https://"#
                return .refused(500, "Internal error occurred: \(call)\(address).svc:443/mutate?timeout=10s\": EOF")
            }
            let message = try await cluster.examine().finding(.webhookFailed)?.message
            #expect(message?.contains("pod-identity-webhook.amazonaws.com of \(owner): ") ?? false, "\(message ?? "")")
        }
    }

    @Test("says less if only pods with a label get an identity, unless a workload's pods lack the label")
    func labels() async throws {
        var cluster = ScriptedCluster()
        let selector = #","objectSelector":{"matchLabels":{"opt":"in"}}"#
        cluster.setRegistrations(
            ScriptedCluster.registration(webhooks: [("pod-identity-webhook", ScriptedCluster.service, selector)])
        )
        cluster.admission = { _ in .unchanged }
        #expect(try await cluster.examine().finding(.objectExcluded)?.status == .unknown)
        cluster.lists["/apis/apps/v1/deployments"] = [Self.workload(Self.template)]
        #expect(try await cluster.examine().finding(.objectExcluded)?.status == .ok)
    }

    @Test("stops if all fail in the same way, but not if one succeeds")
    func stopped() async throws {
        var cluster = ScriptedCluster()
        cluster.lists["/api/v1/serviceaccounts"] = (10..<24).map { ScriptedCluster.account("shop-\($0)") }
        cluster.admission = { _ in .unchanged }
        let run = try await cluster.examine()
        // 8 run at a time, so 12 have started when the fifth response arrives.
        #expect(run.pods.count == 12 && run.finding(.dryRunsStopped)?.subject == "2 more", "\(run.report)")

        func result(_ code: Finding.Code, _ failure: String?) -> DryRun.Result {
            DryRun.Result(finding: Finding(.serviceAccounts, .problem, code, "", ""), failure: failure)
        }
        var failures = DryRunCheck.Failures()
        for _ in 0..<4 { failures.add(result(.notInjected, "a")) }
        failures.add(result(.dryRunWarned, nil))
        for _ in 0..<4 {
            failures.add(result(.notInjected, "a"))
            failures.add(result(.malformedRole, nil))
        }
        #expect(failures.common == nil)
        failures.add(result(.notInjected, "a"))
        #expect(failures.common == "a")
    }

    // MARK: Tokens

    @Test("reports that the API server gives shorter tokens than the longest requested, and how many are affected")
    func tokens() async throws {
        var cluster = ScriptedCluster()
        let role = #""eks.amazonaws.com/role-arn":"\#(ScriptedCluster.role)""#
        cluster.lists["/api/v1/serviceaccounts"] = [("a", 7200), ("b", 90_000), ("c", 172_800)].map { name, seconds in
            ScriptedCluster.account(name, annotations: #"\#(role),"eks.amazonaws.com/token-expiration":"\#(seconds)""#)
        }
        // The pods of this cluster get the ServiceAccount's expiration.
        cluster.longestToken = 3600
        let run = try await cluster.examine()
        let finding = try #require(run.finding(.tokenShortened), "\(run.report)")
        #expect(finding.subject == "store/c" && finding.status == .warning)
        #expect(finding.message.contains("valid for 3600 seconds, not 172800 as requested"))
        #expect(finding.message.hasSuffix("; 2 more ServiceAccounts get less than they request"))
        let requests = run.requests.filter { $0.path.hasSuffix("/token") }
        #expect(requests.map { $0.query("dryRun") } == ["All"])
        #expect(!run.report.json.contains("t0k3n") && !run.report.text(isColoured: false).contains("t0k3n"))
    }

    @Test(
        "reports why there is no token",
        arguments: [
            (403, false, .requestRefused, .unknown), (429, false, .requestRefused, .unknown),
            (500, false, .requestRefused, .unknown), (404, false, .tokenRefused, .problem),
            (400, true, .tokenGranted, .ok),
        ] as [(Int, Bool, Finding.Code, Finding.Status)]
    )
    func refusedTokens(status: Int, ofDryRuns: Bool, code: Finding.Code, expected: Finding.Status) async throws {
        var cluster = ScriptedCluster()
        cluster.tokenRefusal = (status, ofDryRuns)
        let run = try await cluster.examine()
        #expect(run.finding(code)?.status == expected, "\(run.report)")
    }
}
