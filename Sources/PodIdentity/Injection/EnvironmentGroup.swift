internal import JSON

/// Environment variables that belong together.
package struct EnvironmentGroup: Equatable, Sendable {
    package enum Policy: Sendable {
        /// Adds all variables if the container sets none of them; otherwise nothing.
        case addIfNoneIsSet
        /// Adds each variable that the container does not set.
        case addIfAbsent
        /// Sets each variable, replacing the value in every entry of the container with this name.
        case replace
        /// As `replace`, but only the first of several entries with the same name is replaced. The last entry takes
        /// effect, so a container with several keeps its own value.
        case replaceFirst
    }

    package struct Variable: Equatable, Sendable {
        package let name: String
        /// The value as written, in which the kubelet expands references such as `$(NAME)`; empty if the value comes
        /// from a field.
        package let value: String
        /// The pod's field with the value, such as `metadata.name` (`core/v1` ObjectFieldSelector); nil for a text.
        package let fieldPath: String?
        /// The name in UTF-8.
        let nameBytes: [UInt8]
        /// The entry of `env` in JSON (`core/v1` EnvVar).
        let json: [UInt8]

        package init(_ name: String, _ value: String) { self.init(name, value, fieldPath: nil) }

        package init(_ name: String, fieldPath: String) { self.init(name, "", fieldPath: fieldPath) }

        private init(_ name: String, _ value: String, fieldPath: String?) {
            self.name = name
            self.value = value
            self.fieldPath = fieldPath
            nameBytes = Array(name.utf8)
            var writer = JSONWriter(reservingCapacity: name.utf8.count + value.utf8.count + 32)
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
            json = writer.bytes
        }

        /// The text, escaped so that the kubelet takes nothing in it for a reference to another variable.
        package static func escape(_ text: String) -> String {
            let bytes = text.utf8
            let starts: Set<UInt8> = [UInt8(ascii: "("), UInt8(ascii: "$")]
            guard zip(bytes, bytes.dropFirst()).contains(where: { $0 == UInt8(ascii: "$") && starts.contains($1) })
            else {
                return text
            }
            return text.unicodeScalars.reduce(into: "") { $0 += $1 == "$" ? "$$" : String($1) }
        }
    }

    package let policy: Policy
    package let variables: [Variable]

    package init(_ policy: Policy, _ variables: [Variable]) {
        self.policy = policy
        self.variables = variables
    }

    package init(_ policy: Policy, _ variables: [(name: String, value: String)]) {
        self.init(policy, variables.map { Variable($0.name, $0.value) })
    }
}
