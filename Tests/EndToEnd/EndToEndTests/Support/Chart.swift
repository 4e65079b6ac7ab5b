import TestPrograms
import TestSupport

/// The Helm chart, driven by Helm's own library.
enum Chart {
    static let folder = Deploy.path("helm/pod-identity-webhook")
    private static let script = "\(TestFolders.repository)/scripts/helm.py"

    /// Ways to install it that differ in what is rendered, as arguments of Helm.
    static let presets: [String: [String]] = [
        "default": [],
        "single node": ["--values", "\(folder)/values-single-node.yaml"],
        "high availability": ["--values", "\(folder)/values-high-availability.yaml"],
        "strict": ["--set", "strict.enabled=true"],
        "cert-manager": ["--set", "certificates.mode=cert-manager"],
        "an issuer of cert-manager": [
            "--set", "certificates.mode=cert-manager,certificates.certManager.issuerRef.name=company",
        ],
        "files": ["--set", "certificates.mode=files,certificates.secretName=company"],
        "monitoring": ["--set", "serviceMonitor.enabled=true,prometheusRule.enabled=true"],
        "all flags that bring more": [
            "--set", "flags.watch-config-map=true,flags.namespace-roles=true,flags.scan-interval=10m",
            "--set", "clientCA.configMap=client-ca,hostNetwork=true,fullnameOverride=other,namespace.create=true",
            "--set",
            "containerCredentials.identities[0].namespace=a,containerCredentials.identities[0].serviceAccount=b",
            "--set",
            "networkPolicy.egressPorts={443,6443},networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.a=b",
        ],
    ]

    static func render(_ arguments: [String], release: String = "pod-identity-webhook") async throws -> InstallManifest
    {
        try InstallManifest(
            yaml: await Command("python3", [script, "template", release, folder] + arguments).runText()
        )
    }

    /// - Parameter command: `lint`, `install` and so on, with its arguments.
    @discardableResult
    static func helm(_ command: [String]) async throws -> String {
        try await Command("python3", [script] + command).runText()
    }
}
