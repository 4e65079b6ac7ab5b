import Foundation
import Kubernetes
import TestNetwork
import TestPrograms
import TestSupport

/// The objects of deploy/, with processes instead of the webhook's pods. They use the ServiceAccount's token, are
/// called through the Service, and no pod is created without them.
struct OwnInstallation {
    static let name = "pod-identity-webhook"
    static let systemNamespace = Installation.systemNamespace

    let controlPlane: ControlPlane
    let replicas: [WebhookProcess]
    /// Where connections to the Service's address are forwarded: to all replicas, unless a test changes it.
    let service: TCPRelay
    /// The namespace of the pods. Its ServiceAccount `probe` has the role `probe`.
    let namespace: String
    /// The address of the Service.
    let address: String
    private let makerToken: String

    /// Installs the webhook, waits until all replicas are ready, runs `body`, and removes everything again.
    /// - Parameters:
    ///   - environments: The environment of each replica.
    ///   - prepare: Runs before the replicas start.
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
        // Starts all replicas at the same moment.
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

    /// Creates the registration of deploy/, but with a failure policy that refuses pods if the webhook cannot be
    /// called.
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

    /// A token with the rights to create pods in the namespace and to read the registration.
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
    // MARK: Objects in the API server

    /// The entry of the Secret as text; empty if it does not exist.
    func secret(_ key: String) async throws -> String {
        let secret = try await controlPlane.get("secret", Self.name, namespace: Self.systemNamespace)
        let data = Data(base64Encoded: secret["data"][key].string ?? "") ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    /// The CA bundle of a webhook in the registration as text; empty if it does not exist.
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

    /// Whether a new pod gets its role.
    func isPodMutated() async throws -> Bool {
        let pod = try await controlPlane.create(
            Manifest.pod(serviceAccount: "probe"),
            namespace: namespace,
            dryRun: true
        )
        return Identity.all(in: pod) == Array(repeating: .expected(role: "probe"), count: 3)
    }

    // MARK: Calls in the background

    /// While `body` runs, alternately creates pods (dry run) and opens new connections, which are verified with the
    /// current bundle.
    /// - Returns: How many of each succeeded, and the errors of the others.
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
