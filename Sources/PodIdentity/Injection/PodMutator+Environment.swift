internal import JSON

extension PodMutator {
    mutating func addEnvironment(_ environment: ContainerEnvironment, to container: ContainerView) {
        // The indices of replacements refer to the list before anything is inserted at its start.
        for replacement in environment.replaced {
            let index = environment.own[replacement.place].index
            let place = container.pointer.appending(key: "env" as StaticString).appending(index: index)
            patch.replace(place) { $0.raw(replacement.variable.json) }
        }
        guard environment.refersToAdded else {
            let exists = container.environment != nil
            append(environment.added, to: "env", of: container.pointer, exists: exists) { $1.raw($0.json) }
            return
        }
        let list = container.pointer.appending(key: "env" as StaticString)
        for (index, variable) in environment.added.enumerated() {
            patch.add(list.appending(index: index)) { $0.raw(variable.json) }
        }
    }
}

extension [ContainerView.Variable] {
    /// Whether there is a variable with this name, whatever its value.
    func contains(name: String) -> Bool { contains { $0.name == name } }
}
