internal import JSON

extension AdmissionPolicy {
    /// The mutations. Each is applied to the pod as the previous one left it. If one fails, the next ones are applied
    /// nevertheless.
    var mutations: [JSONTree] {
        var mutations = [Self.apply(containers), Self.patch(volume)]
        if settings.annotatesPods { mutations.append(Self.apply(annotation)) }
        return mutations
    }

    /// Merges by the names of containers and variables and by the paths of mounts, and appends anything new. Volumes
    /// cannot be added in this way, because their sources are an atomic list.
    private static func apply(_ expression: String) -> JSONTree {
        .object([
            "patchType": .string("ApplyConfiguration"),
            "applyConfiguration": .object(["expression": .string(expression)]),
        ])
    }

    private static func patch(_ expression: String) -> JSONTree {
        .object([
            "patchType": .string("JSONPatch"), "jsonPatch": .object(["expression": .string(expression)]),
        ])
    }

    // MARK: Containers

    private var containers: String {
        """
        Object{
          spec: Object.spec{
            containers: \(CELText.indented(containers("containers"), by: 4)),
            initContainers: !has(object.spec.initContainers) ? [] : \(CELText.indented(containers("initContainers"), by: 4))
          }
        }
        """
    }

    /// - Parameter list: The field of the pod's `spec`.
    private func containers(_ list: String) -> String {
        let type = "Object.spec.\(list)"
        return """
            object.spec.\(list).filter(container, container.name in variables.served).map(container,
              \(type){
                name: container.name,
                env: \(CELText.indented(environment(type), by: 6)),
                volumeMounts: \(CELText.indented(mounts(type), by: 6))
              })
            """
    }

    private func environment(_ container: String) -> String {
        func variable(_ name: String, _ value: String) -> String {
            "\(container).env{name: \(CELText.string(name)), value: \(value)}"
        }
        func group(_ condition: String, _ variables: [String]) -> String {
            "(!(\(condition)) ? [] : [\n  \(variables.joined(separator: ",\n  "))])"
        }
        var groups = [
            group(
                "variables.usesRegionalSTS && container.name in variables.withoutSTS",
                [variable(AWSEnvironment.sts, CELText.string("regional"))]
            )
        ]
        if !settings.region.isEmpty {
            groups.append(
                group(
                    "container.name in variables.withoutRegion",
                    AWSEnvironment.region.map { variable($0, CELText.string(settings.region)) }
                )
            )
        }
        let values = ["variables.role", "variables.tokenFile"]
        groups.append(
            group(
                "container.name in variables.withoutRole",
                zip(IRSAProvider.variables, values).map { variable($0, $1) }
            )
        )
        return groups.joined(separator: " +\n")
    }

    /// No mount is added at a path that already has one, or in addition to the container's own mount of the volume if
    /// its variables do not refer to the former.
    private func mounts(_ container: String) -> String {
        """
        has(container.volumeMounts) && container.volumeMounts.exists(mount, mount.mountPath == \(mountPath) ||
          mount.name == \(Self.volumeName) && !(container.name in variables.withoutRole)) ? [] : [
          \(container).volumeMounts{name: \(Self.volumeName), mountPath: \(mountPath), readOnly: true}]
        """
    }

    // MARK: Volume

    /// A volume that a container mounts and the pod lacks.
    private var volume: String {
        """
        !variables.isReadable ||
        has(object.spec.volumes) && object.spec.volumes.exists(volume, volume.name == \(Self.volumeName)) ||
        !\(Self.allContainers).exists(container,
          has(container.volumeMounts) && container.volumeMounts.exists(mount, mount.name == \(Self.volumeName)))
        ? [] :
        (has(object.spec.volumes) ? [] : [JSONPatch{op: "add", path: "/spec/volumes", value: []}]) +
        [JSONPatch{op: "add", path: "/spec/volumes/-", value: \(volumeValue)}]
        """
    }

    private var volumeValue: String {
        let withAudience = volumeValue(audience: "audience: variables.audience, ")
        guard settings.tokenAudience.isEmpty else { return withAudience }
        // A token without an audience is for the API server.
        return "variables.audience == \"\" ? \(volumeValue(audience: "")) : \(withAudience)"
    }

    private func volumeValue(audience: String) -> String {
        """
        Object.spec.volumes{
          name: \(Self.volumeName),
          projected: Object.spec.volumes.projected{sources: [Object.spec.volumes.projected.sources{
            serviceAccountToken: Object.spec.volumes.projected.sources.serviceAccountToken{
              \(audience)expirationSeconds: variables.expirationSeconds, path: \(CELText.string(IRSAProvider.tokenFile))
            }}]}}
        """
    }

    // MARK: Annotation

    /// The annotation that names the role, if a container has it. An existing annotation of the pod stays.
    private var annotation: String {
        let conditions = zip(IRSAProvider.variables, ["variables.role", "variables.tokenFile"]).map { name, value in
            """
            container.env.exists(variable,
              variable.name == \(CELText.string(name)) && has(variable.value) && variable.value == \(value))
            """
        }
        return """
            !variables.isReadable || \(key("role-arn")) in variables.pod ||
            !\(Self.allContainers).exists(container,
              !variables.skipped.exists(names, container.name in names) && has(container.env) &&
              \(CELText.indented(conditions.joined(separator: " &&\n"), by: 2)))
            ? Object{} : Object{metadata: Object.metadata{annotations: { \(key("role-arn")): variables.role }}}
            """
    }
}
