internal import GoSyntax

extension AdmissionPolicy {
    /// All containers of the pod, as it is at the time.
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

    /// Whether the name of the volume is free, or is that of such a volume. The webhook finds another name for its volume if
    /// it is not.
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

    /// The containers with something of their own that only the webhook follows: a reference to a variable that they are to
    /// get, which has to come first then; a mount that may be at the token's path although its own path is written otherwise;
    /// or a mount of the volume and a variable of their own, which may lead to another place of it.
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

    /// The elements that every way to write the mount path has in it, in lower case, for `/var/run` is a link to `/run`.
    private var pathElements: [String] {
        let elements = GoSyntax.cleanPath(settings.tokenMountPath).lowercased().split(separator: "/").map(String.init)
        return elements.starts(with: ["var", "run"]) ? Array(elements.dropFirst()) : elements
    }

    /// The containers that get something. One that sets a variable of each kind has all that it needs.
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
