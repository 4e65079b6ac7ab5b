extension JSONTree {
    /// The document with a JSON patch (RFC 6902) applied.
    ///
    /// - Throws: `JSONError.patch` for the first operation that does not fit.
    package func applying(patch: JSONTree) throws(JSONError) -> JSONTree {
        guard let operations = patch.elements else {
            throw .patch(operation: 0, "a patch is an array of operations")
        }
        var document = self
        for (index, operation) in operations.enumerated() {
            do throws(PatchFailure) {
                try document.apply(operation)
            } catch {
                throw .patch(operation: index, error.reason)
            }
        }
        return document
    }

    private struct PatchFailure: Error {
        let reason: String
    }

    private mutating func apply(_ operation: JSONTree) throws(PatchFailure) {
        let path = try Self.tokens(operation, "path")
        switch operation["op"]?.string {
        case "add": try edit(path[...], .add(try Self.value(operation)))
        case "remove": try edit(path[...], .remove)
        case "replace": try edit(path[...], .replace(try Self.value(operation)))
        case "test":
            guard try value(at: path).isEquivalent(to: try Self.value(operation)) else {
                throw PatchFailure(reason: "the value at \(Self.pointer(to: path)) is a different one")
            }
        case "copy":
            try edit(path[...], .add(try value(at: try Self.tokens(operation, "from"))))
        case "move":
            let from = try Self.tokens(operation, "from")
            let isInside = path.count > from.count && zip(from, path).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
            guard !isInside else { throw PatchFailure(reason: "\(Self.pointer(to: from)) cannot be moved into itself") }
            let moved = try value(at: from)
            try edit(from[...], .remove)
            try edit(path[...], .add(moved))
        case let other: throw PatchFailure(reason: "'\(other ?? "")' is not an operation")
        }
    }

    private enum Edit { case add(JSONTree), replace(JSONTree), remove }

    private mutating func edit(_ path: ArraySlice<String>, _ edit: Edit) throws(PatchFailure) {
        guard let token = path.first else {
            switch edit {
            case .add(let value), .replace(let value): self = value
            case .remove: self = .null
            }
            return
        }
        let rest = path.dropFirst()
        if var members = takeMembers() {
            defer { self = .object(members) }
            try Self.edit(&members, token, rest, edit)
        } else if var elements = takeElements() {
            defer { self = .array(elements) }
            try Self.edit(&elements, token, rest, edit)
        } else {
            throw Self.missing(token)
        }
    }

    /// Moves the members out of an object, so that they can be changed without being copied first.
    @inline(never)
    private mutating func takeMembers() -> [Member]? {
        guard case .object(let members) = self else { return nil }
        self = .null
        return members
    }

    /// Moves the elements out of an array, so that they can be changed without being copied first.
    @inline(never)
    private mutating func takeElements() -> [JSONTree]? {
        guard case .array(let elements) = self else { return nil }
        self = .null
        return elements
    }

    private static func edit(
        _ members: inout [Member],
        _ token: String,
        _ rest: ArraySlice<String>,
        _ edit: Edit
    ) throws(PatchFailure) {
        let index = members.firstIndex { $0.key.equals(token) }
        guard rest.isEmpty else {
            guard let index else { throw missing(token) }
            return try members[index].value.edit(rest, edit)
        }
        switch (edit, index) {
        case (.add(let value), nil): members.append(Member(key: JSONString(token), value: value))
        case (.add(let value), let index?), (.replace(let value), let index?): members[index].value = value
        case (.remove, let index?): members.remove(at: index)
        default: throw missing(token)
        }
    }

    private static func edit(
        _ elements: inout [JSONTree],
        _ token: String,
        _ rest: ArraySlice<String>,
        _ edit: Edit
    ) throws(PatchFailure) {
        if case .add(let value) = edit, rest.isEmpty {
            let index = token == "-" ? elements.count : try Self.index(token, below: elements.count + 1)
            elements.insert(value, at: index)
            return
        }
        let index = try Self.index(token, below: elements.count)
        if !rest.isEmpty {
            try elements[index].edit(rest, edit)
        } else if case .replace(let value) = edit {
            elements[index] = value
        } else {
            elements.remove(at: index)
        }
    }

    private func value(at path: [String]) throws(PatchFailure) -> JSONTree {
        var value = self
        for token in path {
            if case .array(let elements) = value {
                value = elements[try Self.index(token, below: elements.count)]
            } else if let child = value[token] {
                value = child
            } else {
                throw Self.missing(token)
            }
        }
        return value
    }

    /// Compares as `test` does (RFC 6902, section 4.6): the order of members does not matter.
    package func isEquivalent(to other: JSONTree) -> Bool {
        switch (self, other) {
        case (.object(let left), .object(let right)):
            left.count == right.count && Self.areEquivalent(left, right)
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isEquivalent(to: $1) }
        case (.literal(let left), .literal(let right)): left == right || Self.isSameNumber(left, right)
        default: self == other
        }
    }

    private static func areEquivalent(_ left: [Member], _ right: [Member]) -> Bool {
        let values = Dictionary(right.map { ($0.key, $0.value) }) { first, _ in first }
        return left.allSatisfy { member in values[member.key].map(member.value.isEquivalent) ?? false }
    }

    /// Whole numbers that are written differently are different, even if they are equal in floating point.
    private static func isSameNumber(_ left: String, _ right: String) -> Bool {
        func isWhole(_ text: String) -> Bool { !text.utf8.contains { ".eE".utf8.contains($0) } }
        if isWhole(left), isWhole(right), left != "-0", right != "-0" { return false }
        return Double(left).map { $0 == Double(right) } ?? false
    }

    private static func tokens(_ operation: JSONTree, _ name: String) throws(PatchFailure) -> [String] {
        guard let text = operation[name]?.string, let tokens = JSONPointer(text).tokens else {
            throw PatchFailure(reason: "'\(name)' must be a JSON pointer")
        }
        return tokens
    }

    private static func value(_ operation: JSONTree) throws(PatchFailure) -> JSONTree {
        guard let value = operation["value"] else { throw PatchFailure(reason: "'value' is missing") }
        return value
    }

    private static func index(_ token: String, below bound: Int) throws(PatchFailure) -> Int {
        let isCanonical = token == "0" || (token.first != "0" && token.allSatisfy { $0.isASCII && $0.isNumber })
        guard isCanonical, let index = Int(token), index < bound else {
            throw PatchFailure(reason: "there is no element '\(token)'")
        }
        return index
    }

    private static func missing(_ token: String) -> PatchFailure { PatchFailure(reason: "there is no '\(token)'") }

    private static func pointer(to path: [String]) -> String {
        path.reduce(JSONPointer()) { $0.appending(key: $1) }.description
    }
}
