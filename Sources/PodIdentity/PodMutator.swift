package import JSON

/// Turns an injection into a JSON patch of a pod, with one operation for each thing that is missing. A pod that has
/// everything gets an empty patch.
package struct PodMutator {
    package struct Mutation {
        package var patch = JSONPatch()
        /// Warnings for the client that creates the pod.
        package var warnings: Warnings = []
        /// Whether a container does not get the token because another volume is mounted at its path.
        package var hasMountConflict = false
    }

    let pod: PodView
    let injection: Injection
    var mutation = Mutation()
    /// Whether any container has or gets the identity. Every pod counts as having an identity without variables.
    private(set) var anyContainerHasIdentity: Bool

    private init(_ pod: PodView, _ injection: Injection) {
        self.pod = pod
        self.injection = injection
        anyContainerHasIdentity = injection.identityVariables.isEmpty
    }

    package static func mutate(_ pod: PodView, with injection: Injection) -> Mutation {
        var mutator = PodMutator(pod, injection)
        mutator.inject()
        return mutator.mutation
    }

    /// Changes ephemeral containers alone: nothing else of an existing pod can change.
    package static func mutate(_ containers: [ContainerView], of pod: PodView, with injection: Injection) -> Mutation {
        var mutator = PodMutator(pod, injection)
        for container in containers { mutator.inject(into: container) }
        return mutator.mutation
    }

    private mutating func inject() {
        for container in pod.containers { inject(into: container) }
        addVolumes()
        addMetadata()
        warnOfUnknownSkips()
    }

    private mutating func warnOfUnknownSkips() {
        guard !injection.skippedContainers.isEmpty else { return }
        let names = Set(pod.containers.map(\.name))
        for name in injection.skippedContainers.subtracting(names).sorted() {
            mutation.warnings.append("no container is named \(name), which is to be skipped")
        }
    }

    private mutating func inject(into container: ContainerView) {
        guard !injection.skippedContainers.contains(container.name) else { return }
        let variables = container.variables
        let isComplete = isComplete(variables)
        warnOfOverridingVariables(in: container, variables)
        let withheld = withheldVariables(variables, isComplete: isComplete)
        if withheld.isEmpty {
            anyContainerHasIdentity = true
        } else {
            warn(ofWithheld: withheld, in: container, variables)
        }
        guard !isComplete else { return }
        addEnvironment(to: container, variables)
        addMounts(to: container)
    }

    private func isComplete(_ variables: [ContainerView.Variable]) -> Bool {
        guard !injection.skipContainerIfSet.isEmpty else { return false }
        return injection.skipContainerIfSet.allSatisfy { $0.contains { variables.contains(name: $0) } }
    }

    // MARK: A container's own credentials

    /// The variables of the identity that are not injected, because the container sets other values or is left without them.
    /// If there are any, it does not have the identity.
    private func withheldVariables(_ variables: [ContainerView.Variable], isComplete: Bool) -> [String] {
        injection.identityVariables.filter { name in
            guard let group = injection.environment.first(where: { $0.variables.contains { $0.name == name } }) else {
                return false
            }
            let values = variables.filter { $0.name == name }.map(\.value)
            guard values.isEmpty else {
                if group.policy == .replace && !isComplete { return false }
                return !values.allSatisfy { value in
                    value.map { value in group.variables.contains { $0.name == name && value == $0.value } } ?? false
                }
            }
            return isComplete
                || group.policy == .addIfNoneIsSet && group.variables.contains { variables.contains(name: $0.name) }
        }
    }

    private mutating func warn(
        ofWithheld withheld: [String],
        in container: ContainerView,
        _ variables: [ContainerView.Variable]
    ) {
        let kept = withheld.filter { variables.contains(name: $0) }
        let what =
            kept.isEmpty
            ? "it sets a part of the role's variables, and is without \(withheld.joined(separator: ", "))"
            : "its own \(kept.joined(separator: ", ")) is kept instead of the role given"
        mutation.warnings.append("container \(container.name): \(what)")
    }

    private mutating func warnOfOverridingVariables(in container: ContainerView, _ variables: [ContainerView.Variable])
    {
        let overriding = variables.reduce(into: [String]()) { found, own in
            guard let name = injection.overridingVariables.first(where: { own.name == $0 }) else { return }
            if !found.contains(name) { found.append(name) }
        }
        guard !overriding.isEmpty else { return }
        let names = overriding.joined(separator: ", ")
        mutation.warnings.append("container \(container.name): its own \(names) is used instead of the role given")
    }

    // MARK: Environment

    private mutating func addEnvironment(to container: ContainerView, _ variables: [ContainerView.Variable]) {
        var added: [EnvironmentGroup.Variable] = []
        for group in injection.environment {
            switch group.policy {
            case .addIfNoneIsSet:
                if !group.variables.contains(where: { variables.contains(name: $0.name) }) { added += group.variables }
            case .addIfAbsent:
                added += group.variables.filter { !variables.contains(name: $0.name) }
            case .replace:
                added += group.variables.filter { !replace($0, in: container, variables) }
            }
        }
        append(added, to: "env", of: container.pointer, exists: container.environment != nil) { $0.write(to: &$1) }
    }

    /// Gives the variable the wanted value if the container sets it.
    ///
    /// - Returns: whether the container sets the variable.
    private mutating func replace(
        _ variable: EnvironmentGroup.Variable,
        in container: ContainerView,
        _ variables: [ContainerView.Variable]
    ) -> Bool {
        // If several entries have the same name, the last one takes effect, so all of them are set.
        var isSet = false
        for own in variables where own.name == variable.name {
            isSet = true
            if let value = own.value, value == variable.value { continue }
            let place = container.pointer.appending(key: "env").appending(index: own.index)
            mutation.patch.replace(place) { variable.write(to: &$0) }
        }
        return isSet
    }

    // MARK: Lists

    /// Appends to a list of the pod with one operation per item; a list that does not exist yet is added with its items.
    mutating func append<Item>(
        _ items: [Item],
        to field: String,
        of object: JSONPointer,
        exists: Bool,
        _ write: (Item, inout JSONWriter) -> Void
    ) {
        guard !items.isEmpty else { return }
        let list = object.appending(key: field)
        guard exists else {
            mutation.patch.add(list) { writer in
                writer.array { array in items.forEach { write($0, &array) } }
            }
            return
        }
        let end = list.appendingEnd()
        for item in items {
            mutation.patch.add(end) { write(item, &$0) }
        }
    }
}

extension [ContainerView.Variable] {
    /// Whether there is a variable of that name, whatever its value.
    func contains(name: String) -> Bool { contains { $0.name == name } }
}

extension EnvironmentGroup.Variable {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", name)
            $0.member("value", value)
        }
    }
}
