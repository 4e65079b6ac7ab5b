internal import JSON
internal import KubernetesObjects
internal import PodIdentity

/// The pod that dry runs ask for. The "restricted" Pod Security Standard and quotas of compute resources admit it.
enum DryRunPod {
    static let container = "pod-identity-webhook-doctor"

    static func json(_ account: NamespacedName) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { pod in
            pod.member("apiVersion", "v1")
            pod.member("kind", "Pod")
            pod.key("metadata")
            pod.object {
                $0.member("generateName", "pod-identity-webhook-doctor-")
                $0.member("namespace", account.namespace)
            }
            pod.key("spec")
            pod.object { spec in
                spec.member("serviceAccountName", account.name)
                spec.member("automountServiceAccountToken", false)
                spec.member("restartPolicy", "Never")
                spec.key("containers")
                spec.array { $0.object { write(container: &$0) } }
            }
        }
        return writer.bytes
    }

    private static func write(container: inout JSONWriter) {
        container.member("name", Self.container)
        container.member("image", "registry.invalid/\(Self.container)")
        container.key("resources")
        container.object { resources in
            for field in ["requests", "limits"] {
                resources.key(escaping: field)
                resources.object {
                    $0.member("cpu", "10m")
                    $0.member("memory", "16Mi")
                    $0.member("ephemeral-storage", "16Mi")
                }
            }
        }
        container.key("securityContext")
        container.object { security in
            security.member("runAsNonRoot", true)
            security.member("runAsUser", 65_532)
            security.member("allowPrivilegeEscalation", false)
            security.key("capabilities")
            security.object { capabilities in
                capabilities.key("drop")
                capabilities.array { $0.string("ALL") }
            }
            security.key("seccompProfile")
            security.object { $0.member("type", "RuntimeDefault") }
        }
    }
}
