internal import ArgumentParser
internal import ClusterState
internal import FederationProfiles
internal import PodIdentity

/// The commands for authors of profiles, which need no cluster.
struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Check and describe profiles: YAML files that add support for other platforms.",
        subcommands: [ProfileLint.self, ProfileTests.self, ProfileShow.self]
    )
}

/// The profiles that a subcommand reads.
struct ProfileArguments: ParsableArguments {
    @Argument(help: .path("Files of profiles, or folders of such files (*.yaml, *.yml)."))
    var paths: [String]

    @Option(help: .value("profile.setting=value", "A setting of a profile; can be repeated."))
    var profileSetting: [String] = []

    func report() throws -> ProfileReport {
        var options = ProfileOptions()
        options.profiles = paths
        options.profilesConfigMap = ""
        options.profileSetting = profileSetting
        let texts = try ConfigurationFiles.texts(paths).map { ProfileReport.Text(name: $0.name, bytes: $0.bytes) }
        guard !texts.isEmpty else {
            throw ValidationError("no *.yaml or *.yml file in \(paths.joined(separator: ", "))")
        }
        return ProfileReport(texts, settings: try options.settings)
    }
}

extension ProfileReport {
    /// Prints all problems to standard error.
    ///
    /// - Throws: `ExitCode.failure` if there are any, or if there is no profile.
    fileprivate func requireNoProblems() throws {
        for problem in problems { StandardError.write("\(problem)\n") }
        if profiles.isEmpty && problems.isEmpty { StandardError.write("Error: there is no profile in these files\n") }
        guard !profiles.isEmpty && problems.isEmpty else { throw ExitCode.failure }
    }
}

struct ProfileLint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Check profiles as the server does.",
        discussion: """
            Prints every problem with its file, line and field on standard error. Includes the profiles' own tests.

            Example:
              pod-identity-webhook profile lint deploy/profiles

            Exit status:
              0   no problem was found
              1   there are problems
              64  usage error
            """
    )

    @OptionGroup
    var arguments: ProfileArguments

    func run() throws {
        let report = try arguments.report()
        try report.requireNoProblems()
        let tests = report.tests.count
        try StandardOutput.write(
            Array("profiles: \(report.profiles.count), tests: \(tests), no problems\n".utf8)
        )
    }
}

struct ProfileTests: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the tests that profiles contain.",
        discussion: """
            Prints one line for each test, and one for each difference from what the test expects.

            Example:
              pod-identity-webhook profile test deploy/profiles/vault.yaml

            Exit status:
              0   all tests pass
              1   a test fails, or a profile cannot be read
              64  usage error
            """
    )

    @OptionGroup
    var arguments: ProfileArguments

    func run() throws {
        let report = try arguments.report()
        var lines: [String] = []
        for test in report.tests {
            lines.append(
                "\(test.hasPassed ? "ok  " : "FAIL") \(test.source):\(test.line): \(test.profile): \(test.name)"
            )
            lines += test.differences.map { "     \($0)" }
        }
        for profile in report.profiles
        where !profile.name.isEmpty && !report.tests.contains(where: { $0.profile == profile.name }) {
            lines.append("none \(profile.name) has no tests that could be run")
        }
        try StandardOutput.write(Array(lines.map { $0 + "\n" }.joined().utf8))
        try report.requireNoProblems()
    }
}

struct ProfileShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Describe what profiles read, what pods get, and what the installation needs."
    )

    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    @OptionGroup
    var arguments: ProfileArguments

    @Option(name: [.customShort("o"), .long], help: .value("text|json", "The format of the output."))
    var output = Output.text

    func run() throws {
        let report = try arguments.report()
        try report.requireNoProblems()
        let summaries = report.profiles.map(ProfileSummary.init)
        switch output {
        case .text: try StandardOutput.write(Array(summaries.map(\.text).joined(separator: "\n").utf8))
        case .json: try StandardOutput.write(ProfileSummary.json(summaries))
        }
    }
}
