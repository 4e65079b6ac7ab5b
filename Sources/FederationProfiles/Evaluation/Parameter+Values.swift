internal import GoSyntax
internal import JSON
internal import PodIdentity
internal import ProviderSupport

extension Parameter {
    /// How a text is read as a value of a parameter, before a map is applied.
    enum Reading: Equatable {
        case value(String)
        /// A number out of range, which is replaced with another one.
        case clamped(String, warning: String)
        case invalid(String)
        /// A number out of range, which is not replaced.
        case outOfRange(String)
    }

    /// - Parameter text: Must not be empty.
    func read(_ text: String, from source: Source) -> Reading {
        guard !Annotations.isCut(text) || source.isConstant else {
            return .invalid("is longer than \(Annotations.maximumValue) bytes")
        }
        // No federation needs values with control characters, which could break out of the lines of a file.
        guard source.isConstant || !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
            return .invalid("\"\(text.abridged)\" has a control character")
        }
        var text = text
        if let shape = source.shape {
            guard let found = shape.match(text) else {
                return .invalid("\"\(text.abridged)\" must have the form \(shape.text)")
            }
            text = found
        }
        if !source.choices.isEmpty {
            let choice =
                source.choices.first { $0 == text }
                ?? (source.ignoresCase ? source.choices.first { $0.lowercased() == text.lowercased() } : nil)
            guard let choice else {
                return .invalid("\"\(text.abridged)\" must be one of \(source.choices.joined(separator: ", "))")
            }
            text = choice
        }
        switch kind {
        case .text: return .value(text)
        case .flag:
            guard let flag = Self.flag(text) else { return .invalid("\"\(text.abridged)\" must be true or false") }
            return .value(flag ? "true" : "false")
        case .seconds: return seconds(text)
        }
    }

    private static func flag(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "t", "1", "yes", "on": true
        case "false", "f", "0", "no", "off": false
        default: nil
        }
    }

    private func seconds(_ text: String) -> Reading {
        guard let seconds = GoSyntax.parseInt(text) else {
            return .invalid("\"\(text.abridged)\" is not a whole number of seconds")
        }
        if minimum...maximum ~= seconds { return .value(String(seconds)) }
        switch onRange {
        case .clamp:
            let used = String(min(max(seconds, minimum), maximum))
            let bound = seconds < minimum ? "below the minimum" : "above the maximum"
            return .clamped(used, warning: "\(seconds) seconds is \(bound); \(used) is used")
        case .deny, .default:
            return .outOfRange("\(seconds) seconds is not \(minimum) to \(maximum)")
        }
    }
}

extension Parameter.Source {
    fileprivate var isConstant: Bool { if case .constant = origin { true } else { false } }
}
