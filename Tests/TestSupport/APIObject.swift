import Foundation

/// A Kubernetes object, or a part of one, as tests read it: `pod["spec"]["containers"][0]["env"]`.
package enum APIObject: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([APIObject])
    case object([String: APIObject])

    package init(json: String) throws {
        self = try JSONDecoder().decode(APIObject.self, from: Data(json.utf8))
    }

    /// The member, or null if there is none.
    package subscript(name: String) -> APIObject {
        get { if case .object(let members) = self { members[name] ?? .null } else { .null } }
        set {
            guard case .object(var members) = self else { return }
            members[name] = newValue == .null ? nil : newValue
            self = .object(members)
        }
    }

    /// The element, or null if there is none.
    package subscript(index: Int) -> APIObject {
        get { elements.indices.contains(index) ? elements[index] : .null }
        set { if elements.indices.contains(index) { elements[index] = newValue } }
    }

    /// The elements of an array; empty for anything else.
    package var elements: [APIObject] {
        get { if case .array(let elements) = self { elements } else { [] } }
        set { self = .array(newValue) }
    }

    package var string: String? { if case .string(let value) = self { value } else { nil } }

    package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }

    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The element with this name in a list such as containers, variables or volumes.
    package func named(_ name: String) -> APIObject {
        elements.first { $0["name"].string == name } ?? .null
    }
}

extension APIObject: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self =
            if container.decodeNil() {
                .null
            } else if let value = try? container.decode(Bool.self) {
                .bool(value)
            } else if let value = try? container.decode(Int64.self) {
                .integer(value)
            } else if let value = try? container.decode(Double.self) {
                .number(value)
            } else if let value = try? container.decode(String.self) {
                .string(value)
            } else if let value = try? container.decode([APIObject].self) {
                .array(value)
            } else {
                .object(try container.decode([String: APIObject].self))
            }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension APIObject: CustomStringConvertible {
    package var description: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "(not JSON)" }
        return String(decoding: data, as: UTF8.self)
    }
}
