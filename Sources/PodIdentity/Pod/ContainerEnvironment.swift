internal import JSON

/// The variables of a container as its processes see them: its own and those that are injected.
struct ContainerEnvironment {
    /// The container's own entries, in order.
    let own: [ContainerView.Variable]
    /// Nil for a container that sets nothing.
    private let container: ContainerView?
    /// The variables that are added contiguously, before or after the container's own entries.
    private(set) var added: [EnvironmentGroup.Variable] = []
    /// The index of the first variable that the latest injection adds.
    private var latest = 0
    /// The values that replace the container's own.
    private(set) var replaced: [Replacement] = []

    /// A value that replaces one of the container's own.
    struct Replacement {
        /// The index of the entry in `own`.
        let place: Int
        let variable: EnvironmentGroup.Variable
    }

    enum Value: Equatable {
        case absent
        case text(String)
        /// The value comes from outside the pod, or contains too many references.
        case unknown
    }

    init(of container: ContainerView) {
        self.container = container
        own = container.variables
    }

    /// The environment of a container that sets no variables.
    init() {
        container = nil
        own = []
    }

    /// Whether the container has variables that only the kubelet knows (`core/v1` EnvFromSource).
    private var hasUnknownVariables: Bool {
        container?.value.list("envFrom")?.elements.contains { _ in true } ?? false
    }

    /// Treats everything that was added so far as coming from other injections.
    mutating func startInjection() { latest = added.count }

    /// Gives the container the variables of an injection. Variables from an earlier injection count as its own.
    mutating func apply(_ groups: [EnvironmentGroup]) {
        for group in groups {
            switch group.policy {
            case .addIfNoneIsSet:
                if !group.variables.contains(where: has) { added += group.variables }
            case .addIfAbsent:
                added += group.variables.filter { !has($0) }
            case .replace: group.variables.forEach { replace($0, onlyFirst: false) }
            case .replaceFirst: group.variables.forEach { replace($0, onlyFirst: true) }
            }
        }
    }

    private mutating func replace(_ variable: EnvironmentGroup.Variable, onlyFirst: Bool) {
        guard !isAdded(variable.name), !isReplaced(variable.name) else { return }
        let all = own.indices.filter { own[$0].name == variable.name }
        guard !all.isEmpty else { return added.append(variable) }
        for place in onlyFirst ? all.prefix(1) : all[...] where !own[place].isSet(to: variable) {
            replaced.append(Replacement(place: place, variable: variable))
        }
    }

    /// The number of variables that are added or replaced.
    var changes: Int { added.count + replaced.count }

    private func has(_ variable: EnvironmentGroup.Variable) -> Bool {
        own.contains { $0.name.equals(variable.nameBytes) } || isAdded(variable.name)
    }

    private func isAdded(_ name: String) -> Bool { added.contains { $0.name == name } }

    private func isReplaced(_ name: String) -> Bool { replaced.contains { $0.variable.name == name } }

    /// Whether the container itself sets the variable to any value.
    func sets(_ name: String) -> Bool { own.contains(name: name) }

    /// Whether the container itself sets the variable to a value other than the empty text, which SDKs treat as unset.
    func setsText(_ name: String) -> Bool { sets(name) && value(of: name) != .text("") }

    /// Whether the latest injection adds the variable, so that its value is the desired one.
    func isGiven(_ name: String) -> Bool { added[latest...].contains { $0.name == name } }

    /// Whether the variable comes from a field of the pod, the same one as in these groups.
    func comesFromField(_ name: String, of groups: [EnvironmentGroup]) -> Bool {
        groups.contains { group in
            group.variables.contains { variable in
                guard variable.name == name, variable.fieldPath != nil else { return false }
                if let given = replaced.first(where: { $0.variable.name == name })?.variable
                    ?? added.first(where: { $0.name == name })
                {
                    return given == variable
                }
                return own.last { $0.name == name }?.isSet(to: variable) ?? false
            }
        }
    }

    /// Whether one of the container's own values refers to a variable that is added, as in `$(NAME)`. Only variables
    /// that are defined earlier can be referred to (`core/v1` EnvVar), so added variables must then come first.
    var refersToAdded: Bool {
        guard !added.isEmpty else { return false }
        return own.contains { variable in
            guard let text = variable.value, text.mayHaveReferences else { return false }
            return VariableReferences(in: text.string).contains { name in added.contains { $0.name == name } }
        }
    }

    func value(of name: String) -> Value {
        if let given = added.first(where: { $0.name == name }) { return given.meaning.map(Value.text) ?? .unknown }
        // If several entries have the same name, the last one takes effect.
        guard let index = own.lastIndex(where: { $0.name == name }) else {
            return hasUnknownVariables ? .unknown : .absent
        }
        return value(at: index)
    }

    /// The length in bytes of the longest value in which references are followed. The path of a file has at most 4096
    /// (Linux's `PATH_MAX`).
    private static let maximumValue = 4096

    private func value(at index: Int) -> Value {
        if let given = replaced.first(where: { $0.place == index })?.variable {
            return given.meaning.map(Value.text) ?? .unknown
        }
        let variable = own[index]
        guard let text = variable.value else { return variable.entry["valueFrom"] == nil ? .text("") : .unknown }
        guard text.mayHaveReferences else { return .text(text.string) }
        guard text.utf8.count <= Self.maximumValue else { return .unknown }
        return VariableReferences.expand(text.string, to: Self.maximumValue) { name in
            if let given = added.first(where: { $0.name == name }) { return given.meaning }
            guard let earlier = own[..<index].lastIndex(where: { $0.name == name }) else { return nil }
            if let given = replaced.first(where: { $0.place == earlier })?.variable { return given.meaning }
            guard let value = own[earlier].value, !value.mayHaveReferences else { return nil }
            return value.string
        }.map(Value.text) ?? .unknown
    }
}

extension ContainerView.Variable {
    /// Whether the entry has the value that an injection would give it.
    func isSet(to variable: EnvironmentGroup.Variable) -> Bool {
        guard let path = variable.fieldPath else { return value.map { $0 == variable.value } ?? false }
        return entry["valueFrom"]?["fieldRef"]?["fieldPath"]?.text.map { $0 == path } ?? false
    }
}

extension EnvironmentGroup.Variable {
    /// The value that a container's processes see if it contains no references; nil if it comes from a field.
    var meaning: String? {
        guard fieldPath == nil else { return nil }
        guard value.utf8.contains(UInt8(ascii: "$")) else { return value }
        return VariableReferences.expand(value, to: Int.max) { _ in nil } ?? value
    }
}

extension ContainerView {
    /// The value that the container's processes see; nil if the container does not set the variable itself, or if its value
    /// is not in the pod.
    package func value(of variable: String) -> String? {
        guard case .text(let text) = ContainerEnvironment(of: self).value(of: variable) else { return nil }
        return text
    }
}

extension JSONText {
    var mayHaveReferences: Bool { contains(UInt8(ascii: "$")) }
}
