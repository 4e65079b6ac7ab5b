/// A value that fills holes, and where it comes from.
struct Parameter: Equatable, Sendable {
    /// The value of a flag that is not set.
    static let notSet = "false"

    enum Kind: String, CaseIterable, Sendable { case text, seconds, flag }

    enum OnRange: String, CaseIterable, Sendable { case clamp, deny, `default` }

    enum Place: String, CaseIterable, Sendable { case pod, serviceAccount }

    enum Origin: Equatable, Sendable {
        /// An annotation of one of these objects, the first that has it.
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
        /// What values stand for; a value that is not there stands for none.
        var map: [String: Template]?
    }

    var name: String
    var kind = Kind.text
    /// In the order in which they are asked; the first with a value has the say.
    var sources: [Source] = []
    var fallback: Template?
    var minimum: Int64 = 1
    var maximum: Int64 = 1 << 32
    var onRange = OnRange.clamp
    var onInvalid = OnInvalid.deny
    var condition = Condition()
}

extension Parameter {
    /// The texts that its value can be.
    var templates: [Template] { sources.flatMap { $0.map?.values ?? [:].values } + (fallback.map { [$0] } ?? []) }

    /// The parameters that this one needs.
    var dependencies: [Int] {
        let origins = sources.compactMap { if case .parameter(let index) = $0.origin { index } else { nil } }
        return (condition.when + condition.unless).map(\.parameter) + origins + templates.flatMap(\.parameters)
    }
}

/// What follows from a value that is not valid.
enum OnInvalid: String, CaseIterable, Sendable {
    /// The pod is refused.
    case deny
    /// The pod gets no identity, and a warning.
    case skip
    /// The value counts as missing, with a warning.
    case `default`
}

enum OnMissingServiceAccount: String, CaseIterable, Sendable { case deny, skip }
