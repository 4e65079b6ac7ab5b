import JSON
import TestSupport

/// Cases that a profile cannot reproduce, because the profile language omits something on purpose.
extension CloudCase {
    /// Whether the ServiceAccount requests the mode without helper containers.
    var isDirect: Bool { annotation("injection-mode", "cloud.google.com")?.lowercased() == "direct" }

    /// Why the Google profile cannot reproduce the case; nil if it can.
    var googleExemption: String? {
        if annotation("injection-mode", "cloud.google.com")?.lowercased() == "gcloud" {
            return "a profile brings no containers"
        }
        if containers.contains(where: { $0["name"]?.string == "gcloud-setup" }) {
            return "a profile knows no containers that others bring, so it does not leave them alone"
        }
        let variables = ["GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE"]
        let repeats = containers.contains { container in
            let names = container["env"]?.elements?.compactMap { $0["name"]?.string } ?? []
            return variables.contains { variable in names.count { $0 == variable } > 1 }
        }
        if repeats { return "a profile replaces a variable in all of its entries, so that what it gives takes effect" }
        if annotation("service-account-email", "cloud.google.com")?.contains("-iam-gserviceaccount") == true {
            return "in a shape, unlike in the expression that the webhook reads the project with, a dot is a dot"
        }
        if own("cloud.google.com").contains("") { return "an empty annotation counts as one that is missing" }
        if own("cloud.google.com").contains(where: { $0.hasPrefix(" ") || $0.hasSuffix(" ") }) {
            return "spaces around a value do not count"
        }
        if pod[path: ["metadata", "annotations", "cloud.google.com/token-expiration"]] != nil,
            let text = annotation("token-expiration", "cloud.google.com"), Int(text) == nil
        {
            return "an annotation that a pod's own takes the place of is not read"
        }
        return nil
    }

    /// Why the Azure profile cannot reproduce the case; nil if it can.
    var azureExemption: String? {
        let annotations = pod[path: ["metadata", "annotations"]]?.members ?? []
        if annotations.contains(where: { $0.key.value == "azure.workload.identity/inject-proxy-sidecar" }) {
            return "a profile brings no containers"
        }
        if own("azure.workload.identity").contains("") {
            return "an empty annotation counts as one that is missing"
        }
        if pod[path: ["spec", "serviceAccountName"]] == nil {
            return "a real API server names the ServiceAccount of every pod, so a profile supposes none"
        }
        return nil
    }

    private var containers: [JSONTree] {
        ["initContainers", "containers"].flatMap { pod[path: ["spec", $0]]?.elements ?? [] }
    }

    /// The values of the ServiceAccount's annotations with this prefix.
    private func own(_ prefix: String) -> [String] {
        let members = serviceAccount?[path: ["metadata", "annotations"]]?.members ?? []
        return members.filter { $0.key.value.hasPrefix(prefix + "/") }.map { $0.value.string ?? "" }
    }

    /// An annotation of the ServiceAccount.
    private func annotation(_ name: String, _ prefix: String) -> String? {
        serviceAccount?[path: ["metadata", "annotations", "\(prefix)/\(name)"]]?.string
    }
}
