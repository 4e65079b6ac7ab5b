internal import GoSyntax

extension AdmissionPolicy {
    /// All containers of the pod in its current state.
    static let allContainers = """
        ((has(object.spec.initContainers) ? object.spec.initContainers : []) + object.spec.containers)
        """

    var podVariables: [(name: String, expression: String)] {
        [
            ("isForWindows", Self.isForWindows),
            (
                "tokenFile",
                """
                variables.isForWindows
                  ? \(CELText.string(tokenPath.onWindows))
                  : \(CELText.string(tokenPath.onLinux))
                """
            ), ("hasPlaceForVolume", Self.hasPlaceForVolume), ("containers", Self.allContainers),
        ]
    }

    private static let isForWindows = """
        (has(object.spec.nodeSelector) && \(osLabels).exists(label,
          label in object.spec.nodeSelector && object.spec.nodeSelector[label] == "windows")) ||
        (has(object.spec.os) && object.spec.os.name == "windows") ||
        (has(object.spec.affinity) && has(object.spec.affinity.nodeAffinity) && has(\(requiredAffinity)) &&
          size(\(requiredAffinity).nodeSelectorTerms) > 0 &&
          \(requiredAffinity).nodeSelectorTerms.all(term,
            has(term.matchExpressions) && term.matchExpressions.exists(expression,
              expression.key in \(osLabels) && expression.operator == "In" &&
              has(expression.values) && size(expression.values) > 0 && expression.values.all(value, value == "windows"))))
        """

    private static let osLabels = CELText.list(["kubernetes.io/os", "beta.kubernetes.io/os"])

    private static let requiredAffinity =
        "object.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"

    /// Whether the name of the volume is free, or belongs to such a volume. If it does not, the webhook finds another
    /// name for its volume.
    private static let hasPlaceForVolume = """
        !has(object.spec.volumes) || object.spec.volumes.all(volume, volume.name != \(volumeName) ||
          has(volume.projected) && has(volume.projected.sources) && size(volume.projected.sources) == 1 &&
          volume.projected.sources.all(source, has(source.serviceAccountToken) &&
            source.serviceAccountToken.path == \(CELText.string(IRSAProvider.tokenFile)) &&
            (has(source.serviceAccountToken.audience) ? source.serviceAccountToken.audience : "") == variables.audience))
        """

    static let volumeName = CELText.string(IRSAProvider.volume)

    private static let tokenFileVariable = CELText.string(IRSAProvider.variables[1])

    var mountPath: String { CELText.string(settings.tokenMountPath) }

    /// The containers that set none of the variables.
    func containersWithout(_ names: [String]) -> String {
        """
        variables.containers.filter(container,
          !has(container.env) || !container.env.exists(variable, variable.name in \(CELText.list(names)))
        ).map(container, container.name)
        """
    }

    /// The containers with something of their own that only the webhook can handle: a reference to a variable that is
    /// to be injected, which must then come first; a mount that may be at the token's path although its path is written
    /// differently; or a mount of the volume and a variable of their own, which may refer to another place in it.
    var leftAlone: String {
        """
        variables.containers.filter(container,
          has(container.env) && container.env.exists(variable, has(variable.value) && (
            \(CELText.indented(CELText.any(references), by: 4)))) ||
          has(container.volumeMounts) && container.volumeMounts.exists(mount, mount.mountPath != \(mountPath) && (
            !mount.mountPath.matches("^[ -~]*$") ||
            \(CELText.list(pathElements)).all(element, mount.mountPath.lowerAscii().contains(element)) ||
            mount.name == \(Self.volumeName) && !(container.name in variables.withoutRole) &&
              container.env.exists(variable, variable.name == \(Self.tokenFileVariable))))
        ).map(container, container.name)
        """
    }

    private var references: [String] {
        var groups = [("withoutRole", IRSAProvider.variables)]
        if !settings.region.isEmpty { groups.append(("withoutRegion", AWSEnvironment.region)) }
        groups.append(("withoutSTS", [AWSEnvironment.sts]))
        return groups.map { variable, names in
            """
            container.name in variables.\(variable) &&
              \(CELText.list(names.map { "$(\($0))" })).exists(reference, variable.value.contains(reference))
            """
        }
    }

    /// The elements that every spelling of the mount path contains, in lower case, because `/var/run` is a link to
    /// `/run`.
    private var pathElements: [String] {
        let elements = GoSyntax.cleanPath(settings.tokenMountPath).lowercased().split(separator: "/").map(String.init)
        return elements.starts(with: ["var", "run"]) ? Array(elements.dropFirst()) : elements
    }

    /// The containers that get something. A container that sets a variable of each kind already has everything that it
    /// needs.
    var served: String {
        """
        variables.containers.filter(container, variables.isReadable && variables.hasPlaceForVolume &&
          !variables.skipped.exists(names, container.name in names) &&
          (container.name in variables.withoutRole || container.name in variables.withoutRegion ||
            container.name in variables.withoutSTS) &&
          !(container.name in variables.leftAlone)
        ).map(container, container.name)
        """
    }
}
