import Foundation
import TestPrograms
import TestSupport

/// One run of `pod-identity-webhook doctor -o json`.
struct DoctorRun: CustomStringConvertible {
    let status: Int32
    let findings: [APIObject]
    let errorText: String

    /// The codes of everything that is wrong, except for the issuer: the shared control plane's issuer is not public.
    var codes: Set<String> {
        let own = findings.filter { $0["status"].string != "ok" && $0["check"].string != "issuer" }
        return Set(own.compactMap { $0["code"].string })
    }

    var allCodes: Set<String> { Set(findings.compactMap { $0["code"].string }) }

    /// The finding with this code about this object.
    func finding(_ code: String, _ subject: String? = nil) -> APIObject {
        findings.first { $0["code"].string == code && (subject == nil || $0["subject"].string == subject) } ?? .null
    }

    var description: String { "status \(status): \(findings.map { "\($0)" }.joined(separator: "\n")) \(errorText)" }
}

extension Installation {
    static let doctorAccount = "doctor"

    /// A ServiceAccount without a role, for checks of only the webhook.
    static let accountWithoutRole = "none"

    /// A kubeconfig of a ServiceAccount that has only the rights in deploy/optional/doctor.yaml.
    func doctorKubeconfig() async throws -> String {
        try await createServiceAccount(Self.accountWithoutRole, role: nil)
        try await controlPlane.kubectl(["apply", "-f", Deploy.path("optional/doctor.yaml")])
        try await controlPlane.apply(
            """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: doctor, namespace: \(Self.systemNamespace)}
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: doctor}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: pod-identity-webhook-doctor}
            subjects: [{kind: ServiceAccount, name: doctor, namespace: \(Self.systemNamespace)}]
            """,
            namespace: Self.systemNamespace
        )
        return try await controlPlane.kubeconfig(serviceAccount: Self.doctorAccount, namespace: Self.systemNamespace)
    }

    /// Checks the webhook, and no ServiceAccount with a role, so `no_roles` is always among the codes.
    func doctorOfWebhook(_ arguments: String..., kubeconfig: String) async throws -> DoctorRun {
        try await doctor(["--service-account", Self.accountWithoutRole] + arguments, kubeconfig: kubeconfig)
    }

    /// Checks the installation's namespace, unless the arguments name another one.
    func doctor(_ arguments: String..., kubeconfig: String) async throws -> DoctorRun {
        try await doctor(arguments, kubeconfig: kubeconfig)
    }

    /// - Parameter isInside: Whether the certificate is checked through the Service. This takes seconds, because the
    ///   Service's other endpoint never responds.
    func doctor(_ arguments: [String], kubeconfig: String, isInside: Bool = false) async throws -> DoctorRun {
        let place = arguments.contains("-n") ? [] : ["-n", namespace]
        let isGiven = isInside || arguments.contains("--connect")
        let way = isGiven ? [] : ["--connect", "127.0.0.1:\(webhook.port)"]
        let output = try await Command(
            WebhookProcess.executable,
            ["doctor", "-o", "json", "--kubeconfig", kubeconfig] + place + way + arguments
        ).run()
        guard !output.text.isEmpty else {
            return DoctorRun(status: output.status, findings: [], errorText: output.errorText)
        }
        let report = try APIObject(json: output.text)
        return DoctorRun(status: output.status, findings: report["findings"].elements, errorText: output.errorText)
    }

    /// Reports a ready replica of the webhook as a kubelet would, so that the Service has an endpoint. Kubernetes
    /// removes it after 40 seconds or more, because its node does not exist.
    ///
    /// - Parameter arguments: Added to those in deploy/.
    func makeReadyReplica(_ arguments: [String] = []) async throws {
        let container = try InstallManifest.ofRepository()["Deployment"]["spec"]["template"]["spec"]["containers"][0]
        let list = APIObject.array(container["args"].elements + arguments.map(APIObject.string))
        let pod = try await controlPlane.create(
            """
            apiVersion: v1
            kind: Pod
            metadata:
              generateName: replica-
              labels:
                app.kubernetes.io/name: pod-identity-webhook
                app.kubernetes.io/instance: pod-identity-webhook
                pod-identity-webhook.amazonaws.com/webhook: pod-identity-webhook
            spec:
              serviceAccountName: pod-identity-webhook
              nodeName: node-\(UUID().uuidString.lowercased())
              automountServiceAccountToken: false
              containers:
              - name: webhook
                image: example
                args: \(list)
                ports:
                - {name: metrics, containerPort: 9999}
                - {name: https, containerPort: 8443}
            """,
            namespace: Self.systemNamespace
        )
        var ready = pod
        ready["status"] = try APIObject(
            json: #"{"phase":"Running","podIP":"192.0.2.10","podIPs":[{"ip":"192.0.2.10"}],"#
                + #""conditions":[{"type":"Ready","status":"True"}]}"#
        )
        let path = "/api/v1/namespaces/\(Self.systemNamespace)/pods/\(pod["metadata"]["name"].string ?? "")/status"
        try await controlPlane.kubectl(["replace", "--raw", path, "-f", "-"], input: ready.description)
        try await eventually("an endpoint of the Service", within: .seconds(20), log: logs) {
            let endpoints = try await controlPlane.get(
                "endpoints",
                Self.systemNamespace,
                namespace: Self.systemNamespace
            )
            return endpoints["subsets"][0]["addresses"][0] != .null
        }
    }

    func removeReplicas() async throws {
        try await controlPlane.kubectl([
            "delete", "pods", "-n", Self.systemNamespace, "-l", "app.kubernetes.io/name=pod-identity-webhook",
            "--grace-period=0", "--force",
        ])
    }

    /// Changes the registration of deploy/ with a JSON patch.
    func patchRegistration(_ operations: String...) async throws {
        try await controlPlane.kubectl([
            "patch", "mutatingwebhookconfiguration", Self.systemNamespace, "--type=json", "-p",
            "[\(operations.joined(separator: ","))]",
        ])
    }

    /// - Parameter webhook: The index of the webhook in the registration; the first one is for pods.
    static func replace(_ field: String, _ value: String, webhook: Int = 0) -> String {
        #"{"op":"replace","path":"/webhooks/\#(webhook)/\#(field)","value":\#(value)}"#
    }

    /// The webhooks in the registration of deploy/.
    func registeredWebhooks() async throws -> APIObject {
        try await controlPlane.get("mutatingwebhookconfiguration", Self.systemNamespace)["webhooks"]
    }
}
