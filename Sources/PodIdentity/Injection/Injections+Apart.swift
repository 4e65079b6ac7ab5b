extension [Injection] {
    /// Separates the injections, so that none interferes with another. If two contain the same variable, label,
    /// annotation or container, the first one takes precedence, so that a pod does not change when it is mutated again:
    ///
    /// - A variable that an earlier injection has is added only if a container lacks it.
    /// - A mount at the same path as one of an earlier injection does not count as always added, because otherwise the
    ///   pod would have both when it is mutated again.
    /// - A container that one injection adds is left alone by the others.
    package func setApart() -> [Injection] {
        guard count > 1 else { return self }
        let helpers = map { $0.containers.map(\.name) }
        var earlier = Claims()
        return indices.map { index in
            var injection = self[index]
            earlier.leaveOut(of: &injection)
            for other in indices where other != index { injection.otherHelpers.formUnion(helpers[other]) }
            injection.otherHelpers.subtract(injection.containers.map(\.name))
            earlier.add(self[index])
            return injection
        }
    }
}

/// The names of everything that injections add.
private struct Claims {
    private var variables: Set<String> = []
    private var labels: Set<String> = []
    private var annotations: Set<String> = []
    private var containers: Set<String> = []
    private var places: [ContainerPath] = []

    mutating func add(_ injection: Injection) {
        variables.formUnion(injection.allVariables.lazy.map(\.name))
        labels.formUnion(injection.labels.lazy.map(\.key))
        annotations.formUnion(injection.identityAnnotations.lazy.map(\.key))
        annotations.formUnion(injection.annotations.lazy.map(\.key))
        containers.formUnion(injection.containers.lazy.map(\.name))
        places += injection.mounts.lazy.map(\.place)
    }

    func leaveOut(of injection: inout Injection) {
        injection.environment = injection.environment.flatMap(withoutReplacing)
        injection.ownEnvironments = injection.ownEnvironments.mapValues { $0.flatMap(withoutReplacing) }
        injection.labels.removeAll { labels.contains($0.key) }
        injection.identityAnnotations.removeAll { annotations.contains($0.key) }
        injection.annotations.removeAll { annotations.contains($0.key) }
        injection.containers.removeAll { containers.contains($0.name) }
        for index in injection.mounts.indices where places.contains(injection.mounts[index].place) {
            injection.mounts[index].isAlwaysAdded = false
        }
    }

    private func withoutReplacing(_ group: EnvironmentGroup) -> [EnvironmentGroup] {
        guard [.replace, .replaceFirst].contains(group.policy),
            group.variables.contains(where: { variables.contains($0.name) })
        else {
            return [group]
        }
        return group.variables.map { variable in
            EnvironmentGroup(variables.contains(variable.name) ? .addIfAbsent : group.policy, [variable])
        }
    }
}
