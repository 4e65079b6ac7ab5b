internal import JSON
internal import PodIdentity

/// Handles identities that are named elsewhere than in variables of the container: in annotations that become files,
/// and in containers that fetch credentials. In a pod that is older than a change of these, all variables are right,
/// but they are those of another identity.
extension ContainerDefects {
    /// Adds containers whose files come from an annotation with a different value than the injection's.
    ///
    /// - Parameter containers: The containers that reach their files.
    mutating func add(filesOf pod: PodView, in containers: [ContainerExamination]) {
        let fields = Set(injection.volumes.flatMap(\.fields).map(\.fieldPath))
        for entry in injection.annotations where entry.policy == .replace {
            guard fields.contains(InjectedVolume.Field(path: "", annotation: entry.key).fieldPath) else { continue }
            guard let text = Self.difference(pod.annotation(entry.key), entry.value) else { continue }
            for container in containers { append(.otherIdentity, "\(entry.key) \(text)", container.container) }
        }
    }

    /// Adds containers that have the names of the injection's containers, but different variables.
    mutating func add(helpersOf pod: PodView) {
        for helper in injection.containers where helper.policy == .replace {
            guard let container = pod.containers.first(where: { $0.name == helper.name }) else { continue }
            let values = container.literalValues
            for variable in helper.container["env"]?.elements ?? [] {
                guard let name = variable["name"]?.string, let wanted = variable["value"]?.string,
                    let value = values[name], let text = Self.difference(value, wanted)
                else { continue }
                append(.otherIdentity, "\(name) \(text)", helper.name)
            }
        }
    }

    /// Says how a value differs; nil if it does not. For long values, it shows where the difference begins.
    private static func difference(_ value: String?, _ wanted: String) -> String? {
        guard let value else { return "is not set" }
        // No more than this is known of the pod's value.
        let wanted = wanted.cut(to: Annotations.maximumValue)
        guard value != wanted else { return nil }
        let common = zip(value, wanted).prefix { $0 == $1 }.count
        let start = max(0, common - commonLength)
        func excerpt(_ text: String) -> String { quoted((start > 0 ? "…" : "") + text.dropFirst(start)) }
        return "is \(excerpt(value)) instead of \(excerpt(wanted))"
    }

    /// The number of characters to show of the common prefix of two values.
    private static let commonLength = 20
}

extension InjectedVolume {
    /// The fields of the pod that it turns into files.
    fileprivate var fields: [Field] {
        switch content {
        case .downwardAPI(let fields): fields
        case .projected(let sources):
            sources.flatMap { source -> [Field] in
                if case .fields(let fields) = source { fields } else { [] }
            }
        case .empty: []
        }
    }
}

extension ContainerView {
    /// The values of variables that the pod itself has, by name.
    fileprivate var literalValues: [String: String] {
        value["env"]?.elements.reduce(into: [:]) { $0[$1["name"]?.string ?? ""] = $1["value"]?.string } ?? [:]
    }
}
