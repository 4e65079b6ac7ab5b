/// What is wrong with a text of profiles: everything that was found, so that it can be fixed at once.
package struct ProfileError: Error, Equatable, Sendable {
    /// The maximum number of problems that are kept.
    package static let maximumCount = 50

    package let problems: [ProfileProblem]
    /// The number of problems that were left out.
    package let omitted: Int

    package init(_ problems: [ProfileProblem]) {
        self.problems = Array(problems.prefix(Self.maximumCount))
        omitted = problems.count - self.problems.count
    }
}

extension ProfileError: CustomStringConvertible {
    package var description: String {
        let lines = problems.map(\.description)
        return (omitted == 0 ? lines : lines + ["and \(omitted) more"]).joined(separator: "\n")
    }
}

/// A single problem in a text of profiles, and what to do about it.
package struct ProfileProblem: Error, Equatable, Sendable {
    /// The name of the text, such as that of its file; empty if there is only one text.
    package var source: String
    /// Counted from 1; 0 stands for the text as a whole.
    package var line: Int
    /// The profile's name; empty if the problem is not in a profile, or if the profile has no name.
    package var profile: String
    /// The place in the document, such as `volumes[0].mount`; empty for the document as a whole.
    package var place: String
    package var reason: String
}

extension ProfileProblem: CustomStringConvertible {
    package var description: String {
        var parts: [String] = []
        if !source.isEmpty {
            parts.append(line == 0 ? source : "\(source):\(line)")
        } else if line > 0 {
            parts.append("line \(line)")
        }
        if !profile.isEmpty { parts.append("profile \(profile)") }
        if !place.isEmpty { parts.append(place) }
        return (parts + [reason]).joined(separator: ": ")
    }
}
