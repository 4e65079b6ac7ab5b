/// A value that fills holes, and its source.
struct Parameter: Equatable, Sendable {
    /// The value of a flag that is not set.
    static let notSet = "false"

    enum Kind: String, CaseIterable, Sendable { case text, seconds, flag }

    enum OnRange: String, CaseIterable, Sendable { case clamp, deny, `default` }

    enum Place: String, CaseIterable, Sendable { case pod, serviceAccount }

    enum Origin: Equatable, Sendable {
        /// An annotation of the first of these objects that has it.
        case annotation(key: String, [Place])
        /// A setting, which has been checked.
        case constant(String)
        /// The value of another parameter.
        case parameter(Int)
    }

    struct Source: Equatable, Sendable {
        var origin: Origin
        var shape: Shape?
        var choices: [String] = []
        var ignoresCase = false
        /// The meanings of values; a value that is not in the map has none.
        var map: [String: Template]?
    }

    var name: String
    var kind = Kind.text
    /// In order of precedence: the first one with a value is used.
    var sources: [Source] = []
    var fallback: Template?
    var minimum: Int64 = 1
    var maximum: Int64 = 1 << 32
    var onRange = OnRange.clamp
    var onInvalid = OnInvalid.deny
    var condition = Condition()
}

extension Parameter {
    /// The possible texts of its value.
    var templates: [Template] { sources.flatMap { $0.map?.values ?? [:].values } + (fallback.map { [$0] } ?? []) }

    /// The parameters that this one depends on.
    var dependencies: [Int] {
        let origins = sources.compactMap { if case .parameter(let index) = $0.origin { index } else { nil } }
        return (condition.when + condition.unless).map(\.parameter) + origins + templates.flatMap(\.parameters)
    }
}

/// The consequence of an invalid value.
enum OnInvalid: String, CaseIterable, Sendable {
    /// The pod is denied.
    case deny
    /// The pod gets no identity, and a warning.
    case skip
    /// The value counts as missing, with a warning.
    case `default`
}

enum OnMissingServiceAccount: String, CaseIterable, Sendable { case deny, skip }
