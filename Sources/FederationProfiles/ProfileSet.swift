package import PodIdentity

/// The profiles that are on. They come from one text or several, in which everything must be right: a text with a mistake
/// leaves the profiles that are there as they are.
package struct ProfileSet: Equatable, Sendable {
    package let profiles: [Profile]

    /// - Throws: everything that is wrong.
    package init(_ texts: [ProfileReport.Text], settings: ProfileSettings = ProfileSettings()) throws(ProfileError) {
        let report = ProfileReport(texts, settings: settings)
        guard report.problems.isEmpty else { throw ProfileError(report.problems) }
        profiles = report.profiles
    }

    package init() { profiles = [] }

    /// - Parameter profiles: those of a `ProfileReport`, with which nothing is wrong.
    package init(profiles: [Profile]) { self.profiles = profiles }

    /// What is wrong with the profiles beside what is taken already.
    package func problems(against reserved: [ReservedNames]) -> [ProfileProblem] {
        profiles.flatMap { profile in
            reserved.flatMap { $0.reasons(against: profile) }.map { reason in
                ProfileProblem(source: "", line: 0, profile: profile.name, place: "", reason: reason)
            }
        }
    }

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
