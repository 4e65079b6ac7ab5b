extension JSONValue {
    /// Whether the value has everything that the other one has. Objects may have more members, which is what the API server
    /// makes of an object when it fills in defaults; lists must be equally long. Of numbers, only whole ones are compared.
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
            let own = elements.map { $0 }
            return own.count == others.count && zip(own, others).allSatisfy { $0.includes($1) }
        case .object(let others):
            guard kind == .object else { return false }
            return others.allSatisfy { other in member(other.key.value)?.includes(other.value) ?? false }
        }
    }
}
