extension JSONValue {
    /// Whether the value contains everything in the other one. Objects may have more members, as when the API server
    /// fills in defaults. Lists of objects with names may have more objects with other names, as when webhooks add
    /// some; other lists must have the same length. Only whole numbers are compared.
    package func includes(_ other: JSONTree) -> Bool {
        switch other {
        case .literal(let text):
            switch text {
            case "null": return isNull
            case "true", "false": return bool == (text == "true")
            default: return Int64(text).map { int == $0 } ?? false
            }
        case .string(let text): return string == text.value
        case .array(let others):
            guard kind == .array else { return false }
            let names = others.map { $0["name"]?.string }
            let isNamed = !names.isEmpty && names.allSatisfy { $0 != nil }
            var next = others.startIndex
            for own in elements {
                if isNamed, let name = own["name"]?.text, !names.contains(where: { $0.map { name == $0 } ?? false }) {
                    continue
                }
                guard next < others.endIndex, own.includes(others[next]) else { return false }
                next += 1
            }
            return next == others.endIndex
        case .object(let others):
            guard kind == .object else { return false }
            return others.allSatisfy { other in member(other.key.value)?.includes(other.value) ?? false }
        }
    }
}
