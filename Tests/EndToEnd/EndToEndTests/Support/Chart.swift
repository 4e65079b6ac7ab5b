import Foundation
import TestPrograms
import TestSupport

/// The Helm chart, rendered and installed with Helm's own library.
enum Chart {
    static let folder = Deploy.path("helm/pod-identity-webhook")
    private static let script = "\(TestFolders.repository)/scripts/helm.py"

    /// Arguments of Helm for installations that render differently.
    static let presets: [String: [String]] = [
        "default": [],
        "OpenShift": ["--values", "\(folder)/values-openshift.yaml"],
        "OpenShift with its service CA": [
            "--values", "\(folder)/values-openshift.yaml", "--values", "\(folder)/values-openshift-service-ca.yaml",
        ],
        "AKS": ["--values", "\(folder)/values-aks.yaml"],
        "GKE": ["--values", "\(folder)/values-gke.yaml"],
        "single node": ["--values", "\(folder)/values-single-node.yaml"],
        "high availability": ["--values", "\(folder)/values-high-availability.yaml"],
        "strict": ["--set", "strict.enabled=true"],
        "cert-manager": ["--set", "certificates.mode=cert-manager"],
        "an issuer of cert-manager": [
            "--set", "certificates.mode=cert-manager,certificates.certManager.issuerRef.name=company",
        ],
        "files": ["--set", "certificates.mode=files,certificates.secretName=company"],
        "monitoring": [
            "--set", "serviceMonitor.enabled=true,prometheusRule.enabled=true,grafanaDashboard.enabled=true",
        ],
        "Google": ["--set", "providers={google}"],
        "Azure": ["--set", "providers={azure},azure.tenantID=tenant"],
        "profiles": ["--set", "profiles.custom.acme=profile: acme"],
        "several clouds": [
            "--set", "providers={aws,google,azure},azure.tenantID=tenant,google.defaultRegion=europe-west1",
            "--set", "strict.enabled=true,profiles.custom.acme=profile: acme",
        ],
        "all flags that bring more": [
            "--set", "flags.watch-config-map=true,flags.namespace-roles=true,flags.scan-interval=10m",
            "--set", "clientCA.configMap=client-ca,hostNetwork=true,fullnameOverride=other,namespace.create=true",
            "--set",
            "containerCredentials.identities[0].namespace=a,containerCredentials.identities[0].serviceAccount=b",
            "--set",
            "networkPolicy.egressPorts={443,6443},networkPolicy.metricsFrom[0].namespaceSelector.matchLabels.a=b",
        ],
    ]

    /// - Parameter chart: The folder of the chart.
    static func render(
        _ arguments: [String],
        release: String = "pod-identity-webhook",
        chart: String = folder
    ) async throws -> InstallManifest {
        try InstallManifest(
            yaml: await Command("python3", [script, "template", release, chart] + arguments).runText()
        )
    }

    /// The flags that a group of values in the schema sets. The group `flags` contains them by their own names; the
    /// group of a cloud contains them in camel case, without the cloud's name.
    static func values(_ group: String) throws -> [String] {
        let schema = try APIObject(json: String(contentsOfFile: "\(folder)/values.schema.json", encoding: .utf8))
        func flags(_ schema: APIObject, _ prefix: [String]) -> [String] {
            guard case .object(let values) = schema["properties"] else { return [] }
            return values.flatMap { name, value in
                let flag = prefix + [name.kebabCase]
                let isJSON = ["Resources", "Selector"].contains { name.hasSuffix($0) }
                let isGroup = value["properties"] != .null && !isJSON
                return isGroup ? flags(value, flag) : [flag.joined(separator: "-")]
            }
        }
        return flags(schema["properties"][group], group == "flags" ? [] : [group])
    }

    /// - Parameter command: `lint`, `install` and so on, with its arguments.
    @discardableResult
    static func helm(_ command: [String]) async throws -> String {
        try await Command("python3", [script] + command).runText()
    }
}

extension String {
    /// Converts `tokenProxyCAConfigMap` to `token-proxy-ca-config-map`.
    fileprivate var kebabCase: String {
        replacing(/([a-z])([A-Z])/) { "\($0.output.1)-\($0.output.2)" }
            .replacing(/([A-Z])([A-Z][a-z])/) { "\($0.output.1)-\($0.output.2)" }.lowercased()
    }
}
