package import PodIdentity

/// The enabled profiles. They come from one or more texts, in which everything must be correct: a text with a mistake
/// leaves the existing profiles as they are.
package struct ProfileSet: Equatable, Sendable {
    package let profiles: [Profile]
    /// A provider for each profile, in order. Among those with the same prefix, the first one warns about unknown
    /// annotations.
    package let providers: [any IdentityProvider]

    /// - Throws: All problems.
    package init(_ texts: [ProfileReport.Text], settings: ProfileSettings = ProfileSettings()) throws(ProfileError) {
        let report = ProfileReport(texts, settings: settings)
        guard report.problems.isEmpty else { throw ProfileError(report.problems) }
        self.init(profiles: report.profiles)
    }

    package init() { self.init(profiles: []) }

    /// - Parameter profiles: The profiles of a `ProfileReport` without problems.
    package init(profiles: [Profile]) {
        self.profiles = profiles
        providers = Self.providers(of: profiles)
    }

    package static func == (one: ProfileSet, other: ProfileSet) -> Bool { one.profiles == other.profiles }

    /// The keys of the annotations that any profile reads from a ServiceAccount, without duplicates.
    package var serviceAccountAnnotations: [String] {
        profiles.flatMap(\.serviceAccountAnnotations).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The keys of the labels that any profile reads from a Namespace, without duplicates.
    package var namespaceLabels: [String] {
        profiles.flatMap(\.namespaceLabels).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}

extension ProfileSet: ProviderConfiguration {
    package init(parsing text: [UInt8], problems: inout Warnings) throws {
        try self.init([ProfileReport.Text(bytes: text)])
    }
}
