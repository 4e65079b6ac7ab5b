internal import JSON

extension PodMutator {
    mutating func addEnvironment(_ environment: ContainerEnvironment, to container: ContainerView) {
        // The places of replacements are those before anything is put in front of the list.
        for replacement in environment.replaced {
            let index = environment.own[replacement.place].index
            let place = container.pointer.appending(key: "env").appending(index: index)
            patch.replace(place) { replacement.variable.write(to: &$0) }
        }
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
}

extension [ContainerView.Variable] {
    /// Whether there is a variable of that name, whatever its value.
    func contains(name: String) -> Bool { contains { $0.name == name } }
}

extension EnvironmentGroup.Variable {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object {
            $0.member("name", name)
            guard let fieldPath else { return $0.member("value", value) }
            $0.key("valueFrom")
            $0.object { source in
                source.key("fieldRef")
                source.object {
                    $0.member("apiVersion", "v1")
                    $0.member("fieldPath", fieldPath)
                }
            }
        }
    }
}
