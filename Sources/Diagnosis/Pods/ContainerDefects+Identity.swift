internal import JSON
internal import PodIdentity

/// What names the identity elsewhere than in variables of the container that has it: annotations that are its files, and
/// containers that fetch them. All variables of a pod are right when these are those of another identity, as in a pod that is
/// older than a change of it.
extension ContainerDefects {
    /// Adds containers whose files are made of an annotation with another value than the injection gives it.
    ///
    /// - Parameter containers: Those that reach their files.
    mutating func add(filesOf pod: PodView, in containers: [ContainerExamination]) {
        let fields = Set(injection.volumes.flatMap(\.fields).map(\.fieldPath))
        for entry in injection.annotations where entry.policy == .replace {
            guard fields.contains(InjectedVolume.Field(path: "", annotation: entry.key).fieldPath) else { continue }
            guard let text = Self.difference(pod.annotation(entry.key), entry.value) else { continue }
            for container in containers { append(.otherIdentity, "\(entry.key) \(text)", container.container) }
        }
    }

    /// Adds containers that stand in the place of those of the injection, and have other variables.
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

    /// Says how a value differs; nil if it does not. Of long values, it shows where they begin to.
    private static func difference(_ value: String?, _ wanted: String) -> String? {
        guard let value else { return "is not set" }
        // Of what the pod says, no more is known.
        let wanted = wanted.cut(to: Annotations.maximumValue)
        guard value != wanted else { return nil }
        let common = zip(value, wanted).prefix { $0 == $1 }.count
        let start = max(0, common - commonLength)
        func excerpt(_ text: String) -> String { quoted((start > 0 ? "…" : "") + text.dropFirst(start)) }
        return "is \(excerpt(value)) instead of \(excerpt(wanted))"
    }

    /// How many characters are shown of what two values have in common.
    private static let commonLength = 20
}

extension InjectedVolume {
    /// The fields of the pod of which it makes files.
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
