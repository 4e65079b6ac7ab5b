package import JSON

extension TrustPolicy {
    /// The maximum number of elements of a list and of members of an object. The longest policy that IAM accepts, with
    /// 8192 characters, has fewer.
    private static let maximumCount = 2000
    /// The maximum number of bytes of a text.
    private static let maximumText = 8192

    /// - Parameter text: A policy as JSON.
    /// - Throws: `AWSTrustError.policy`.
    package init(parsing text: [UInt8]) throws(AWSTrustError) {
        do {
            self = try JSONParser().parse(text) { try TrustPolicy($0) }
        } catch let error as AWSTrustError {
            throw error
        } catch {
            throw .policy(place: "", reason: "\(error)")
        }
    }

    /// - Throws: `AWSTrustError.policy`.
    package init(_ root: JSONValue) throws(AWSTrustError) {
        var version: String?
        var statements: [Statement]?
        for (name, value) in try Self.members(root, at: "") {
            switch name {
            case "Version": version = try Self.text(value, at: name)
            case "Id": continue
            case "Statement": statements = try Self.statements(value)
            default: throw .policy(place: Self.quoted(name), reason: "is not an element of a policy")
            }
        }
        // The default is the first version (IAM User Guide, "IAM JSON policy elements: Version").
        guard ["2012-10-17", "2008-10-17", nil].contains(version) else {
            throw .policy(place: "Version", reason: "is 2012-10-17 or 2008-10-17")
        }
        guard let statements else { throw .policy(place: "Statement", reason: "is missing") }
        self.init(hasVariables: version == "2012-10-17", statements: statements)
    }

    /// A list of statements, or a single one.
    private static func statements(_ value: JSONValue) throws(AWSTrustError) -> [Statement] {
        guard value.kind == .array else { return [try statement(value, at: "Statement", number: 1)] }
        var statements: [Statement] = []
        for (index, element) in try elements(value, at: "Statement").enumerated() {
            statements.append(try statement(element, at: "Statement[\(index)]", number: index + 1))
        }
        return statements
    }

    private static func statement(
        _ value: JSONValue,
        at place: String,
        number: Int
    ) throws(AWSTrustError) -> Statement {
        var (name, effect): (String, Statement.Effect?) = ("statement \(number)", nil)
        var (principal, action): (Principal?, Action?) = (nil, nil)
        var conditions: [Condition] = []
        for (member, value) in try members(value, at: place) {
            let place = "\(place).\(quoted(member))"
            switch member {
            case "Sid":
                let sid = try text(value, at: place)
                if !sid.isEmpty { name = "statement \(quoted(sid))" }
            case "Effect":
                effect = Statement.Effect(rawValue: try text(value, at: place))
                if effect == nil { throw .policy(place: place, reason: "must be Allow or Deny") }
            case "Principal", "NotPrincipal":
                guard principal == nil else {
                    throw .policy(place: place, reason: "cannot be combined with another one")
                }
                let found = try Self.principal(value, at: place)
                principal = member == "Principal" ? found : .allBut
            case "Action", "NotAction":
                guard action == nil else { throw .policy(place: place, reason: "cannot be combined with another one") }
                let found = try texts(value, at: place)
                action = member == "Action" ? .those(found) : .allBut
            case "Condition": conditions = try Self.conditions(value, at: place)
            case "Resource", "NotResource":
                throw .policy(place: place, reason: "cannot be in a trust policy, whose resource is the role")
            default: throw .policy(place: place, reason: "is not an element of a statement")
            }
        }
        guard let effect else { throw .policy(place: "\(place).Effect", reason: "is missing") }
        guard let principal else { throw .policy(place: "\(place).Principal", reason: "is missing") }
        guard let action else { throw .policy(place: "\(place).Action", reason: "is missing") }
        return Statement(name: name, effect: effect, principal: principal, action: action, conditions: conditions)
    }

    private static func principal(_ value: JSONValue, at place: String) throws(AWSTrustError) -> Principal {
        if value.kind == .string {
            guard try text(value, at: place) == "*" else {
                throw .policy(place: place, reason: "must be \"*\" or an object such as {\"Federated\": \"…\"}")
            }
            return .everybody
        }
        var (federated, others): ([String], [String]) = ([], [])
        for (kind, value) in try members(value, at: place) {
            let place = "\(place).\(quoted(kind))"
            guard ["AWS", "CanonicalUser", "Federated", "Service"].contains(kind) else {
                throw .policy(
                    place: place,
                    reason: "is not a kind of principal; use Federated, AWS, Service or CanonicalUser"
                )
            }
            let values = try texts(value, at: place)
            if kind == "Federated" { federated = values } else { others += values.map { "\(kind) \($0)" } }
        }
        return .those(federated: federated, others: others)
    }

    private static func conditions(_ value: JSONValue, at place: String) throws(AWSTrustError) -> [Condition] {
        var conditions: [Condition] = []
        for (name, keys) in try members(value, at: place) {
            let place = "\(place).\(quoted(name))"
            for (key, values) in try members(keys, at: place) {
                let values = try texts(values, at: "\(place).\(quoted(key))", isLoose: true)
                conditions.append(Condition(operatorName: name, key: key, values: values))
            }
        }
        return conditions
    }

    // MARK: JSON

    private static func members(
        _ value: JSONValue,
        at place: String
    ) throws(AWSTrustError) -> [(name: String, value: JSONValue)] {
        guard value.kind == .object else {
            throw .policy(place: place, reason: place.isEmpty ? "a policy is an object" : "must be an object")
        }
        var names: Set<String> = []
        var members: [(name: String, value: JSONValue)] = []
        for (key, value) in value.members {
            guard key.utf8.count <= maximumText else {
                throw .policy(place: place, reason: "has a name that is too long")
            }
            let name = key.string
            guard names.insert(name).inserted else {
                throw .policy(
                    place: place.isEmpty ? quoted(name) : "\(place).\(quoted(name))",
                    reason: "appears twice"
                )
            }
            members.append((name, value))
            guard members.count <= maximumCount else { throw .policy(place: place, reason: "has too many members") }
        }
        return members
    }

    private static func elements(_ value: JSONValue, at place: String) throws(AWSTrustError) -> [JSONValue] {
        let elements = Array(value.elements.prefix(maximumCount + 1))
        guard elements.count <= maximumCount else { throw .policy(place: place, reason: "has too many elements") }
        return elements
    }

    /// A single text, or a list of texts.
    ///
    /// - Parameter isLoose: Whether booleans and numbers count as texts too, as in conditions.
    private static func texts(
        _ value: JSONValue,
        at place: String,
        isLoose: Bool = false
    ) throws(AWSTrustError) -> [String] {
        guard value.kind == .array else { return [try text(value, at: place, isLoose: isLoose)] }
        var texts: [String] = []
        for (index, element) in try elements(value, at: place).enumerated() {
            texts.append(try text(element, at: "\(place)[\(index)]", isLoose: isLoose))
        }
        return texts
    }

    private static func text(
        _ value: JSONValue,
        at place: String,
        isLoose: Bool = false
    ) throws(AWSTrustError) -> String {
        if isLoose, let value = value.bool { return "\(value)" }
        if isLoose, let value = value.int { return "\(value)" }
        guard let text = value.text else { throw .policy(place: place, reason: "must be a text") }
        guard text.utf8.count <= maximumText else {
            throw .policy(place: place, reason: "has more than \(maximumText) bytes")
        }
        return text.string
    }

    /// A part of a place.
    private static func quoted(_ name: String) -> String { name.cut(to: 100) }
}
