internal import YAML

/// The result of a profile's test.
package struct ProfileTestResult: Sendable {
    /// The name of the text that contains the test; empty if there is only one.
    package internal(set) var source = ""
    /// Counted from 1.
    package internal(set) var line = 0
    package let profile: String
    /// The test's name, or its number, counted from 1.
    package let name: String
    /// The differences between what was found and what was expected, one line each; empty if the test passed.
    package let differences: [String]

    package var hasPassed: Bool { differences.isEmpty }

    let path: [YAMLLines.Step]

    init(profile: String, name: String, path: [YAMLLines.Step], differences: [String]) {
        self.profile = profile
        self.name = name
        self.path = path
        self.differences = differences
    }
}
