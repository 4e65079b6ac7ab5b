import PodIdentity

@testable import FederationProfiles

extension ProfileInputs {
    /// A pod `pod` in the Namespace `shop` whose ServiceAccount has the annotation `small.example/name`.
    static func named(
        _ name: String?,
        _ others: KeyValuePairs<String, String> = [:],
        pod: [String: String] = [:],
        labels: [String: String] = [:]
    ) -> ProfileInputs {
        var annotations = Annotations()
        if let name {
            for prefix in ["small", "other"] { annotations["\(prefix).example/name"] = name }
        }
        for (key, value) in others { annotations["small.example/\(key)"] = value }
        return ProfileInputs(
            namespace: "shop",
            serviceAccountName: "cart",
            serviceAccount: .known(annotations),
            podAnnotation: { pod[$0] },
            podLabel: { labels[$0] }
        )
    }
}

extension Evaluation {
    var injection: Injection? { if case .given(let injection) = outcome { injection } else { nil } }

    var denial: String? { if case .denied(let message) = outcome { message } else { nil } }
}

extension Injection {
    var values: [String: String] {
        Dictionary(environment.flatMap(\.variables).map { ($0.name, $0.value) }) { first, _ in first }
    }

    var tokens: [InjectedVolume.Token] { volumes.flatMap(\.tokens) }
}

extension Profile {
    /// The only profile in a text.
    static func only(_ text: String, _ settings: [String: String] = [:]) throws -> Profile {
        try ProfileSet(text, settings: settings.isEmpty ? [:] : ["small": settings]).profiles[0]
    }
}
