import PodIdentity

/// A set of providers whose text describes what they read: `name a b l=c` reads the annotations a and b, and the label
/// c of Namespaces. The text `bad` is invalid.
struct TestProviders: ProviderSet {
    struct Refusal: Error, CustomStringConvertible { let description = "it is bad" }

    struct Provider: IdentityProvider {
        let cloud: String
        let serviceAccountAnnotations: [String]
        let namespaceLabels: [String]

        func givesIdentity(_ annotations: Annotations) -> Bool {
            serviceAccountAnnotations.contains { annotations[$0] != nil }
        }

        func decide(
            _ pod: PodView,
            _ inputs: DecisionInputs,
            using generator: inout some RandomNumberGenerator
        ) -> Decision { Decision(.leaveAlone(.noIdentity)) }
    }

    let name: String
    let providers: [any IdentityProvider]

    init(_ text: String) {
        let words = text.split(separator: " ").map(String.init)
        name = words.first ?? ""
        let keys = words.dropFirst()
        providers = [
            Provider(
                cloud: name,
                serviceAccountAnnotations: keys.filter { !$0.hasPrefix("l=") },
                namespaceLabels: keys.filter { $0.hasPrefix("l=") }.map { String($0.dropFirst(2)) }
            )
        ]
    }

    init(parsing text: [UInt8], problems: inout Warnings) throws {
        let text = String(decoding: text, as: UTF8.self)
        guard text != "bad" else { throw Refusal() }
        self.init(text)
    }
}
