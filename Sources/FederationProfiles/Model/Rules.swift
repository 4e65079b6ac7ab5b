/// The rules for which pods get an identity from a profile.
struct UseRules: Equatable, Sendable {
    struct Label: Equatable, Sendable {
        var key: String
        var value: String
    }

    /// All parts of an alternative must hold.
    struct Alternative: Equatable, Sendable {
        var condition = Condition()
        var podLabels: [Label] = []
        var namespaceLabels: [Label] = []

        var isEmpty: Bool { condition.isAlways && podLabels.isEmpty && namespaceLabels.isEmpty }
    }

    struct Requirement: Equatable, Sendable {
        var parameters: [Int]
        var condition = Condition()
    }

    var common = Alternative()
    /// At least one of them must hold, if there are any.
    var anyOf: [Alternative] = []
    /// Parameters without which the identity is invalid.
    var requirements: [Requirement] = []
    /// A pod with this label, whatever its value, is left alone.
    var skipLabel: String?

    var needsNamespace: Bool { ([common] + anyOf).contains { !$0.namespaceLabels.isEmpty } }
}

/// The annotations that contain lists of containers.
struct ContainerRules: Equatable, Sendable {
    enum Separator: Equatable, Sendable {
        case text(String)
        /// Fields as in RFC 4180, which may be quoted.
        case csv
    }

    /// Containers that get nothing.
    var skip: String?
    /// The only containers that get something.
    var only: String?
    /// Containers whose owner has acknowledged that their settings are intended, so that there are no warnings; `*`
    /// stands for all.
    var acknowledge: String?
    var separator = Separator.text(",")
    var places: [Parameter.Place] = [.pod]

    var keys: [String] { [skip, only, acknowledge].compactMap { $0 } }
}

/// What happens if something is already there.
enum ConflictPolicy: String, CaseIterable, Sendable {
    /// The existing value stays.
    case keep
    /// All variables of a group are added if none of them exists; otherwise none.
    case together
    /// The existing value is replaced.
    case replace
}

struct MetadataRules: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        var key: String
        var value: Template
    }

    var replaces = false
    var annotations: [Entry] = []
    var labels: [Entry] = []
}

/// Variables of the environment.
struct EnvironmentRules: Equatable, Sendable {
    enum Value: Equatable, Sendable {
        case text(Template)
        /// A field of the pod (`core/v1` ObjectFieldSelector).
        case field(String)
    }

    struct Variable: Equatable, Sendable {
        var name: Template
        var value: Value
    }

    struct ChosenPolicy: Equatable, Sendable {
        var term: Condition.Term
        var policy: ConflictPolicy
    }

    var policy = ConflictPolicy.keep
    /// Policies that parameters select: the first one whose term holds.
    var chosenPolicies: [ChosenPolicy] = []
    var variables: [Variable] = []
    var condition = Condition()
}
