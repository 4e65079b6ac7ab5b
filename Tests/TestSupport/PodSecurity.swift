/// The Pod Security Standard "restricted" (https://kubernetes.io/docs/concepts/security/pod-security-standards/), which
/// includes "baseline".
package enum PodSecurity {
    /// A Pod, or a workload with a pod template, with the security context that the standard requires; any other object
    /// unchanged.
    package static func restricted(_ object: APIObject) -> APIObject {
        var object = object
        if object["kind"].string == "Pod" {
            object["spec"] = restricted(spec: object["spec"])
        } else if object["spec"]["template"]["spec"] != .null {
            object["spec"]["template"]["spec"] = restricted(spec: object["spec"]["template"]["spec"])
        }
        return object
    }

    private static func restricted(spec: APIObject) -> APIObject {
        var spec = spec
        spec["securityContext"] = spec["securityContext"].adding([
            "runAsNonRoot": .bool(true), "runAsUser": .integer(65532),
            "seccompProfile": .object(["type": .string("RuntimeDefault")]),
        ])
        for list in containerLists where spec[list] != .null {
            spec[list].elements = spec[list].elements.map { container in
                var container = container
                container["securityContext"] = container["securityContext"].adding([
                    "allowPrivilegeEscalation": .bool(false),
                    "capabilities": .object(["drop": .array([.string("ALL")])]),
                ])
                return container
            }
        }
        return spec
    }

    fileprivate static let containerLists = ["initContainers", "containers", "ephemeralContainers"]

    /// The violations of the standard in the `spec` of a pod: a line for each wrong field.
    package static func violations(of spec: APIObject) -> [String] {
        let containers = containerLists.flatMap { spec[$0].elements }
        return podViolations(spec)
            + containers.flatMap { container in
                containerViolations(container, spec).map { "\(container["name"].string ?? "?"): \($0)" }
            }
    }

    private static let volumeTypes: Set = [
        "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
    ]

    private static let sysctls: Set = [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem",
    ]

    private static func podViolations(_ spec: APIObject) -> [String] {
        var violations = ["hostNetwork", "hostPID", "hostIPC"].filter { spec[$0].bool == true }
        let context = spec["securityContext"]
        if context["seLinuxOptions"] != .null { violations.append("securityContext.seLinuxOptions") }
        if context["appArmorProfile"]["type"].string == "Unconfined" { violations.append("appArmorProfile") }
        for sysctl in context["sysctls"].elements where !sysctls.contains(sysctl["name"].string ?? "") {
            violations.append("sysctl \(sysctl["name"])")
        }
        for volume in spec["volumes"].elements where !volume.names.subtracting(["name"]).isSubset(of: volumeTypes) {
            violations.append("volume \(volume["name"])")
        }
        return violations
    }

    private static func containerViolations(_ container: APIObject, _ spec: APIObject) -> [String] {
        let (own, pod) = (container["securityContext"], spec["securityContext"])
        /// The container's own field overrides the pod's.
        func effective(_ field: String) -> APIObject { own[field] == .null ? pod[field] : own[field] }
        var violations: [String] = []
        if own["privileged"].bool == true { violations.append("privileged") }
        if own["allowPrivilegeEscalation"].bool != false { violations.append("allowPrivilegeEscalation") }
        if effective("runAsNonRoot").bool != true { violations.append("runAsNonRoot") }
        if effective("runAsUser").integer == 0 { violations.append("runAsUser") }
        if effective("windowsOptions")["hostProcess"].bool == true { violations.append("hostProcess") }
        let profile = effective("seccompProfile")["type"].string
        if profile != "RuntimeDefault", profile != "Localhost" { violations.append("seccompProfile") }
        if own["procMount"].string ?? "Default" != "Default" { violations.append("procMount") }
        if !own["capabilities"]["drop"].elements.contains(.string("ALL")) { violations.append("capabilities.drop") }
        if own["capabilities"]["add"].elements.contains(where: { $0.string != "NET_BIND_SERVICE" }) {
            violations.append("capabilities.add")
        }
        let ports = container["ports"].elements
        if ports.contains(where: { $0["hostPort"].integer ?? 0 != 0 }) { violations.append("hostPort") }
        return violations
    }
}

extension APIObject {
    fileprivate var names: Set<String> { if case .object(let members) = self { Set(members.keys) } else { [] } }

    /// Adds the members that are missing, and creates the object if there is none.
    fileprivate func adding(_ members: [String: APIObject]) -> APIObject {
        guard case .object(let own) = self else { return .object(members) }
        return .object(own.merging(members) { mine, _ in mine })
    }
}
