internal import JSON

extension PodMutator {
    mutating func addEnvironment(_ environment: ContainerEnvironment, to container: ContainerView) {
        // The places of replacements are those before anything is put in front of the list.
        for variable in environment.replaced { replace(variable, environment, in: container) }
        guard environment.refersToAdded else {
            let exists = container.environment != nil
            append(environment.added, to: "env", of: container.pointer, exists: exists) { $0.write(to: &$1) }
            return
        }
        let list = container.pointer.appending(key: "env")
        for (index, variable) in environment.added.enumerated() {
            patch.add(list.appending(index: index)) { variable.write(to: &$0) }
        }
    }

    /// If several entries have the same name, the last one takes effect, so all of them are set.
    private mutating func replace(
        _ variable: EnvironmentGroup.Variable,
        _ environment: ContainerEnvironment,
        in container: ContainerView
    ) {
        for own in environment.own where own.name == variable.name {
            if let value = own.value, value == variable.value { continue }
            let place = container.pointer.appending(key: "env").appending(index: own.index)
            patch.replace(place) { variable.write(to: &$0) }
        }
    }

    /// Whether the container has the variables that name the identity, whether or not it reaches its token.
    func hasIdentity(_ environment: ContainerEnvironment) -> Bool {
        guard !injection.identityVariables.isEmpty else { return true }
        return injection.identityVariables.allSatisfy { name in
            guard case .text(let value) = environment.value(of: name) else { return false }
            guard name != injection.tokenFileVariable else { return true }
            return injection.environment.contains { $0.variables.contains { $0.name == name && $0.value == value } }
        }
    }

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
            patch.add(list) { writer in
                writer.array { array in items.forEach { write($0, &array) } }
            }
            return
        }
        let end = list.appendingEnd()
        for item in items {
            patch.add(end) { write(item, &$0) }
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
