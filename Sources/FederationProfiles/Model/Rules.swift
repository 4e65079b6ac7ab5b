/// Which pods get an identity by a profile.
struct UseRules: Equatable, Sendable {
    struct Label: Equatable, Sendable {
        var key: String
        var value: String
    }

    /// Everything of an alternative must hold.
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
    /// Parameters without which the identity is not valid.
    var requirements: [Requirement] = []
    /// A pod that has this label, whatever its value, is left alone.
    var skipLabel: String?

    var needsNamespace: Bool { ([common] + anyOf).contains { !$0.namespaceLabels.isEmpty } }
}

/// The annotations that hold lists of containers.
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
    /// Containers whose owner means what they set, so that nobody is warned of it; `*` stands for all.
    var acknowledge: String?
    var separator = Separator.text(",")
    var places: [Parameter.Place] = [.pod]

    var keys: [String] { [skip, only, acknowledge].compactMap { $0 } }
}

/// What stands where something already is.
enum ConflictPolicy: String, CaseIterable, Sendable {
    /// What is there stays.
    case keep
    /// All variables of a group are added if none of them is there, else none.
    case together
    /// What is there is replaced.
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
    /// Policies that parameters choose; the first whose term holds.
    var chosenPolicies: [ChosenPolicy] = []
    var variables: [Variable] = []
    var condition = Condition()
}
