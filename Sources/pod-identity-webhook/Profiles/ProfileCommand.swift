internal import ArgumentParser
internal import ClusterState
internal import FederationProfiles
internal import PodIdentity

/// What whoever writes a profile runs, without a cluster.
struct ProfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Check profiles, which describe federations as data.",
        subcommands: [ProfileLint.self, ProfileTests.self, ProfileShow.self]
    )
}

/// The profiles that a subcommand looks at.
struct ProfileArguments: ParsableArguments {
    @Argument(help: "Files of profiles, or folders of such files (*.yaml, *.yml).")
    var paths: [String]

    @Option(help: "A setting of a profile, as PROFILE.SETTING=VALUE; can be repeated.")
    var profileSetting: [String] = []

    func report() throws -> ProfileReport {
        var options = ProfileOptions()
        options.profiles = paths
        options.profilesConfigMap = ""
        options.profileSetting = profileSetting
        let texts = try ConfigurationFiles.texts(paths).map { ProfileReport.Text(name: $0.name, bytes: $0.bytes) }
        guard !texts.isEmpty else {
            throw ValidationError("there is no file *.yaml or *.yml in \(paths.joined(separator: ", "))")
        }
        return ProfileReport(texts, settings: try options.settings)
    }
}

extension ProfileReport {
    /// Tells what is wrong on standard error.
    ///
    /// - Throws: `ExitCode.failure` if anything is.
    fileprivate func requireNoProblems() throws {
        for problem in problems { StandardError.write("\(problem)\n") }
        guard problems.isEmpty else { throw ExitCode.failure }
    }
}

struct ProfileLint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint",
        abstract: "Check profiles as the server does.",
        discussion: """
            Names everything that is wrong, with file, line and place, on standard error. The exit status is 1 if \
            anything is. The profiles' own tests are a part of it.
            """
    )

    @OptionGroup
    var arguments: ProfileArguments

    func run() throws {
        let report = try arguments.report()
        try report.requireNoProblems()
        let tests = report.tests.count
        try StandardOutput.write(
            Array("profiles: \(report.profiles.count), tests: \(tests), nothing is wrong\n".utf8)
        )
    }
}

struct ProfileTests: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the tests that profiles bring along.",
        discussion: """
            Each test is a line, and each difference between what was expected and what was found another one. The \
            exit status is 1 if a test fails, or if a profile cannot be read.
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
        for profile in report.profiles where !report.tests.contains(where: { $0.profile == profile.name }) {
            lines.append("none \(profile.name) has no tests, or none that could be run")
        }
        try StandardOutput.write(Array((lines.joined(separator: "\n") + "\n").utf8))
        try report.requireNoProblems()
    }
}

struct ProfileShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Say in plain words what profiles read, what pods get, and what the installation needs."
    )

    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    @OptionGroup
    var arguments: ProfileArguments

    @Option(name: [.customShort("o"), .long], help: "text or json.")
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
