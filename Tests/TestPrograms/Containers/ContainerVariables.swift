import TestSupport

/// A container's variables as the kubelet resolves them, without those of Services and of whole ConfigMaps and Secrets.
enum ContainerVariables {
    static func resolve(_ container: APIObject, of pod: APIObject) throws -> [String: String] {
        guard container["envFrom"].elements.isEmpty else {
            throw ContainerError.unsupported("source of variables", container["envFrom"])
        }
        var variables: [String: String] = [:]
        for variable in container["env"].elements {
            guard let name = variable["name"].string else { continue }
            if variable["valueFrom"] == .null {
                variables[name] = expand(variable["value"].string ?? "", with: variables)
            } else {
                guard let path = variable["valueFrom"]["fieldRef"]["fieldPath"].string else {
                    throw ContainerError.unsupported("source of a variable", variable)
                }
                variables[name] = try pod.field(path)
            }
        }
        return variables
    }

    /// Replaces `$(NAME)` with an earlier variable, and `$$` with `$`
    /// (https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/).
    static func expand(_ value: String, with variables: [String: String]) -> String {
        var result = ""
        var rest = value[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...].dropFirst()
            if rest.first == "$" {
                result += "$"
                rest = rest.dropFirst()
            } else if rest.first == "(", let end = rest.firstIndex(of: ")") {
                let name = rest[..<end].dropFirst()
                result += variables[String(name)] ?? "$(\(name))"
                rest = rest[end...].dropFirst()
            } else {
                result += "$"
            }
        }
        return result + rest
    }
}

extension APIObject {
    /// A field of a pod by its path in the downward API.
    func field(_ path: String) throws -> String {
        for map in ["annotations", "labels"] where path.hasPrefix("metadata.\(map)['") && path.hasSuffix("']") {
            let key = path.dropFirst("metadata.\(map)['".count).dropLast(2)
            // A key that the pod does not have resolves to an empty string.
            return self["metadata"][map][String(key)].string ?? ""
        }
        switch path {
        case "metadata.name", "metadata.namespace", "metadata.uid":
            return self["metadata"][String(path.dropFirst("metadata.".count))].string ?? ""
        case "spec.serviceAccountName":
            return self["spec"]["serviceAccountName"].string ?? ""
        default:
            throw ContainerError.unsupported("field of a pod", .string(path))
        }
    }
}
