internal import ArgumentParser
internal import Diagnosis
internal import FoundationEssentials
internal import Glibc

/// How a report is printed.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

extension Report {
    /// Prints the report.
    ///
    /// - Throws: The verdict's `ExitCode`, unless everything is fine.
    func write(_ format: ReportFormat, isVerbose: Bool) throws {
        let text =
            switch format {
            case .text: text(isColoured: Self.isColoured, isVerbose: isVerbose)
            case .json: json + "\n"
            }
        print(HelpText.calling(text, as: KubectlPlugin.root(of: CommandLine.arguments.first)), terminator: "")
        guard verdict == .well else { throw ExitCode(verdict.rawValue) }
    }

    /// Whether to colour the output, which `NO_COLOR` prevents (https://no-color.org).
    private static var isColoured: Bool {
        isatty(STDOUT_FILENO) == 1 && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }
}
