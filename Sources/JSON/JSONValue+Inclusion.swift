extension JSONValue {
    /// Whether the value has everything that the other one has. Objects may have more members, which is what the API server
    /// makes of an object when it fills in defaults. Lists of objects with names may have more of other names, which is what
    /// webhooks add; other lists must be equally long. Of numbers, only whole ones are compared.
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
