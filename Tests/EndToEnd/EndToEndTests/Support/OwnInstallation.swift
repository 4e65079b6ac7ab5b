import Foundation
import Kubernetes
import TestNetwork
import TestPrograms
import TestSupport

/// The objects of deploy/, and the webhook in the pods' stead: under the ServiceAccount's
/// token, reached through the Service, and without whom no pod is made.
struct OwnInstallation {
    static let name = "pod-identity-webhook"
    static let systemNamespace = Installation.systemNamespace

    let controlPlane: ControlPlane
    let replicas: [WebhookProcess]
    /// What the Service's address leads to: all replicas, if nobody changes it.
    let service: TCPRelay
    /// Its pods' ServiceAccount `probe` has the role `probe`.
    let namespace: String
    /// The address of the Service.
    let address: String
    private let makerToken: String

    /// Installs, waits until all replicas are ready, runs `body`, and takes everything away again.
    /// - Parameters:
    ///   - environments: Of each replica.
    ///   - prepare: Runs before replicas start.
    static func with(
        replicas count: Int = 1,
        flags: [String] = [],
        environments: [[String: String]] = [],
        prepare: (ControlPlane) async throws -> Void = { _ in },
        _ body: (OwnInstallation) async throws -> Void
    ) async throws {
        let controlPlane = try await ControlPlane.shared()
        try await Deploy.apply(Deploy.account.union(["Service"]), to: controlPlane)
        let namespace = try await controlPlane.makeNamespace("own")
        try await controlPlane.create(Manifest.serviceAccount("probe", role: "probe"), namespace: namespace)
        let service = try await controlPlane.get("service", name, namespace: systemNamespace)
        guard let address = service["spec"]["clusterIP"].string else {
            throw ControlPlaneError.unexpected("a Service without an address: \(service)")
        }
        try await register(on: controlPlane)
        try await prepare(controlPlane)
        // All at the same moment.
        let replicas = try await start(count, flags: flags, environments: environments, on: controlPlane)
        let relay = try await TCPRelay.start(host: address, port: 443, to: replicas.map(\.port))
        do {
            let installation = OwnInstallation(
                controlPlane: controlPlane,
                replicas: replicas,
                service: relay,
                namespace: namespace,
                address: address,
                makerToken: try await makerToken(on: controlPlane, namespace: namespace)
            )
            for replica in replicas { try await replica.waitUntilReady() }
            try await body(installation)
        } catch {
            try await remove(replicas, relay, namespace: namespace, from: controlPlane)
            for replica in replicas { print(replica.logTail()) }
            throw error
        }
        try await remove(replicas, relay, namespace: namespace, from: controlPlane)
    }

    /// The registration of deploy/, under which nothing may pass because the webhook was not asked.
    static func register(on controlPlane: ControlPlane) async throws {
        try await Deploy.apply(["MutatingWebhookConfiguration"], to: controlPlane)
        try await controlPlane.kubectl([
            "patch", "mutatingwebhookconfiguration", name, "--type=json", "-p",
            #"[{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Fail"}]"#,
        ])
    }

    static func start(
        _ count: Int,
        flags: [String],
        environments: [[String: String]] = [],
        on controlPlane: ControlPlane
    ) async throws -> [WebhookProcess] {
        var replicas: [WebhookProcess] = []
        let kubeconfig = try await controlPlane.kubeconfig(serviceAccount: name, namespace: systemNamespace)
        for index in 0..<count {
            replicas.append(
                try WebhookProcess(
                    ["--kubeconfig=\(kubeconfig)", "--namespace=\(systemNamespace)"] + flags,
                    certificate: nil,
                    environment: index < environments.count ? environments[index] : [:]
                )
            )
        }
        return replicas
    }

    private static func remove(
        _ replicas: [WebhookProcess],
        _ relay: TCPRelay,
        namespace: String,
        from controlPlane: ControlPlane
    ) async throws {
        for replica in replicas { await replica.stop() }
        try await relay.stop()
        let objects = ["mutatingwebhookconfiguration/\(name)", "secret/\(name)"]
        for object in objects {
            try await controlPlane.kubectl(["delete", object, "-n", systemNamespace, "--ignore-not-found"])
        }
        try await controlPlane.kubectl(["delete", "clusterrolebinding", "maker-\(namespace)", "--ignore-not-found"])
        try await controlPlane.kubectl(["delete", "namespace", namespace, "--wait=false"])
    }

    /// A token that may make pods in the namespace, and read the registration.
    private static func makerToken(on controlPlane: ControlPlane, namespace: String) async throws -> String {
        let account = "system:serviceaccount:\(namespace):maker"
        try await controlPlane.kubectl(["create", "serviceaccount", "maker", "-n", namespace])
        try await controlPlane.kubectl([
            "create", "clusterrolebinding", "maker-\(namespace)", "--clusterrole=cluster-admin",
            "--serviceaccount=\(namespace):maker",
        ])
        try await eventually("the rule for \(account)", log: controlPlane.logTails) {
            try await controlPlane.may(account, Access("create", "pods"))
        }
        return try await controlPlane.token(serviceAccount: "maker", namespace: namespace)
    }

    func logs() -> String { replicas.map { $0.logTail() }.joined(separator: "\n") + controlPlane.logTails() }
}

extension OwnInstallation {
    // MARK: What the API server has

    /// The entry of the Secret as text; empty if there is none.
    func secret(_ key: String) async throws -> String {
        let secret = try await controlPlane.get("secret", Self.name, namespace: Self.systemNamespace)
        let data = Data(base64Encoded: secret["data"][key].string ?? "") ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    /// The bundle of the registration's webhook as text; empty if there is none.
    func bundle(webhook index: Int = 0) async throws -> String {
        let registration = try await controlPlane.get("mutatingwebhookconfiguration", Self.name)
        let data = registration["webhooks"][index]["clientConfig"]["caBundle"].string ?? ""
        return String(decoding: Data(base64Encoded: data) ?? Data(), as: UTF8.self)
    }

    func patchSecret(_ patch: String) async throws {
        try await controlPlane.kubectl([
            "patch", "secret", Self.name, "-n", Self.systemNamespace, "--type=merge", "-p", patch,
        ])
    }

    func patchRegistration(_ patch: String) async throws {
        try await controlPlane.kubectl([
            "patch", "mutatingwebhookconfiguration", Self.name, "--type=json", "-p", patch,
        ])
    }

    /// Whether a pod gets its role now, over a connection that is as new as the registration.
    func isPodMutated() async throws -> Bool {
        let pod = try await controlPlane.create(
            Manifest.pod(serviceAccount: "probe"),
            namespace: namespace,
            dryRun: true
        )
        return Identity.all(in: pod) == Array(repeating: .expected(role: "probe"), count: 3)
    }

    // MARK: Calls while something happens

    /// Makes pods (dry run), and new connections that are verified by the bundle of that moment, one after the other
    /// while `body` runs.
    /// - Returns: How many of each succeeded, and what the others said.
    func whilePodsAreMade(_ body: () async throws -> Void) async throws -> (made: Int, greeted: Int, failures: [String])
    {
        let folder = try TemporaryDirectory()
        let pod = try folder.write(
            try InstallManifest.restricted(
                #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"loop"},"spec":{"serviceAccountName":"probe","#
                    + #""automountServiceAccountToken":false,"containers":[{"name":"main","image":"example"}]}}"#
            ),
            to: "pod.json"
        )
        let script = """
            api() { curl --silent --show-error --max-time 20 --cacert '\(controlPlane.authorityFile)' \
                -H "Authorization: Bearer $TOKEN" "$@" 2>&1; }
            while [[ ! -e '\(folder.path)/stop' ]]; do
                answer=$(api -H 'Content-Type: application/json' --data '@\(pod)' \
                    '\(controlPlane.server)/api/v1/namespaces/\(namespace)/pods?dryRun=All')
                if [[ $answer == *AWS_ROLE_ARN* ]]; then echo made; else echo "pod: ${answer//[[:space:]]/ }"; fi
                registration=$(api '\(controlPlane.server)/apis/admissionregistration.k8s.io/v1/\
            mutatingwebhookconfigurations/\(Self.name)')
                [[ $registration =~ \\"caBundle\\":\\ *\\"([^\\"]*)\\" ]]
                base64 -d <<<"${BASH_REMATCH[1]}" >'\(folder.path)/bundle'
                if answer=$(curl --silent --show-error --fail --max-time 20 --cacert '\(folder.path)/bundle' \
                    --resolve '\(Self.name).\(Self.systemNamespace).svc:443:\(address)' \
                    'https://\(Self.name).\(Self.systemNamespace).svc/healthz' 2>&1); then
                    echo greeted
                else
                    echo "connection: ${answer//[[:space:]]/ }"
                fi
            done
            """
        let loop = try Command("bash", ["-c", script], environment: ["TOKEN": makerToken]).start()
        try await loop.waitForOutput(containing: "greeted")
        try await body()
        try folder.write("", to: "stop")
        let lines = try await loop.waitForExit().text.split(separator: "\n").map(String.init)
        return (
            lines.count { $0 == "made" }, lines.count { $0 == "greeted" },
            lines.filter { $0 != "made" && $0 != "greeted" }
        )
    }
}
