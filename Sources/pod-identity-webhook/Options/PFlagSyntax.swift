internal import GoSyntax

/// Converts a command line in the syntax of Go's `pflag`, in which the manifests of the Amazon EKS webhook are written,
/// to the only form that the argument parser understands: `--name=value`.
///
/// In this syntax, a flag's value follows `=` or is the next argument, and `-v2` means `-v 2`. A boolean flag has no
/// value or a value after `=`; it never takes the next argument.
enum PFlagSyntax {
    /// A command line that cannot be read.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// The flag that collects the names of flags without effect.
    static let withoutEffectFlag = "without-effect"

    /// The flags that are declared as `Bool`.
    static let booleans: Set<String> = [
        "allow-no-roles", "annotate-pods", "assume-roles", "compose-role-arn", "eks-pod-identity",
        "enable-debugging-handlers",
        "from-cluster", "in-cluster",
        "namespace-roles",
        "sts-regional-endpoint", "verbose", "watch-config-map",
    ]

    /// The argument parser's own flags, which take no value.
    private static let switches: Set<String> = ["help", "version", "help-hidden", "experimental-dump-help"]

    /// The long names of flags that also have a one-letter name.
    private static let letters: [Character: String] = ["v": "v", "f": "filename", "o": "output", "n": "namespace"]

    /// As `letters`, for commands in which the letter means something else.
    private static let commandLetters: [String: [Character: String]] = ["doctor": ["v": "verbose"]]

    static func letters(of command: String) -> [Character: String] {
        commandLetters[command, default: [:]].merging(letters) { own, _ in own }
    }

    /// The names of flags in the webhook of Google's users, except those that other flags have here.
    private static let aliases: [String: String] = [
        "default-injection-mode": "google-default-injection-mode", "token-default-mode": "google-token-default-mode",
        "gcp-default-region": "google-default-region", "gcloud-image": "google-gcloud-image",
        "setup-container-resources": "google-setup-container-resources",
    ]

    /// The flags of the EKS webhook that have no effect here, and whether they are booleans. They belong to its log library,
    /// klog, and to its periodic resync, which this webhook does not need. Those of the webhook of Google's users belong to
    /// zap, to the election of a leader, and to ports that are one here.
    private static let withoutEffect: [String: Bool] = [
        "logtostderr": true, "alsologtostderr": true, "skip_headers": true, "skip_log_headers": true,
        "add_dir_header": true, "one_output": true, "legacy_stderr_threshold_behavior": true,
        "stderrthreshold": false, "alsologtostderrthreshold": false, "vmodule": false, "log_dir": false,
        "log_file": false, "log_file_max_size": false, "log_backtrace_at": false, "resync-period": false,
        "zap-devel": true, "zap-encoder": false, "zap-log-level": false, "zap-stacktrace-level": false,
        "zap-time-encoding": false, "leader-elect": true, "metrics-bind-address": false,
        "health-probe-bind-address": false,
    ]

    /// The commands without a webhook's flags.
    private static let commandsOfOwnFlags: Set<String> = ["issuer", "trust-policy"]

    static func normalise(_ arguments: [String]) throws(Failure) -> [String] {
        var output: [String] = []
        var rest = arguments[...]
        let letters = letters(of: arguments.first ?? "")
        let isOfWebhooks = !commandsOfOwnFlags.contains(arguments.first ?? "")
        while let argument = rest.popFirst() {
            if argument == "--" { return output + [argument] + rest }
            guard argument.hasPrefix("-"), argument != "-" else {
                output.append(argument)
                continue
            }
            let flag = try parse(argument, &rest, letters)
            if let value = flag.value, withoutEffect[flag.name] != nil || ForeignFlags.withoutEffect.contains(flag.name)
            {
                try check(flag.name, value)
                output.append("--\(withoutEffectFlag)=\(flag.name)")
            } else if isOfWebhooks, let value = flag.value, let own = try ForeignFlags.translate(flag.name, value) {
                output += own.flatMap { render(Flag(name: $0.name, value: $0.value)) ?? [] }
            } else {
                output += render(flag) ?? [argument]
            }
        }
        return output
    }

    /// Whether one of the flags is `--help`, which the value of another flag may also look like.
    ///
    /// - Parameter flags: Those that the command has.
    static func asksForHelp(_ typed: [String], _ flags: DeclaredFlags) -> Bool {
        let letters = letters(of: typed.first ?? "")
        var previous = ""
        for argument in typed.prefix(while: { $0 != "--" }) {
            let isHelp = ["--help", "-h"].contains(argument)
            if isHelp, flagBeforeValue(previous, among: flags, letters) == nil { return true }
            previous = argument
        }
        return false
    }

    /// The flag that takes the next argument as its value; nil if this argument is not a declared flag that does.
    ///
    /// - Parameter letters: The long names of the command's one-letter flags.
    static func flagBeforeValue(
        _ argument: String,
        among flags: DeclaredFlags,
        _ letters: [Character: String]
    ) -> DeclaredFlags.Flag? {
        guard argument.hasPrefix("-"), !argument.contains("=") else { return nil }
        let isShort = !argument.hasPrefix("--")
        let given = String(argument.dropFirst(isShort ? 1 : 2))
        guard !isShort || given.count == 1 else { return nil }
        let name = isShort ? given.first.flatMap { letters[$0] } ?? given : ownName(of: given)
        return booleans.contains(name) || switches.contains(name) ? nil : flags[name]
    }

    /// The name of the flag that other webhooks call by this name.
    static func ownName(of flag: String) -> String { aliases[flag] ?? flag }

    private static func render(_ flag: Flag) -> [String]? {
        guard let value = flag.value else { return nil }
        // The argument parser treats `--name=` as a missing value, but accepts an empty argument as an empty value.
        return value.isEmpty ? ["--\(flag.name)", ""] : ["--\(flag.name)=\(value)"]
    }

    private struct Flag {
        let name: String
        /// The flag's value; nil if the argument stays as it is.
        let value: String?
    }

    private static func parse(
        _ argument: String,
        _ rest: inout ArraySlice<String>,
        _ letters: [Character: String]
    ) throws(Failure) -> Flag {
        guard argument.hasPrefix("--") else { return try parseShort(argument, &rest, letters) }
        let body = argument.dropFirst(2)
        let given = String(body.prefix { $0 != "=" })
        let name = ownName(of: given)
        let value = body.firstIndex(of: "=").map { String(body[body.index(after: $0)...]) }
        if switches.contains(name) {
            guard value == nil else { throw Failure(description: "--\(name) takes no value") }
            return Flag(name: name, value: nil)
        }
        if booleans.contains(name) || ForeignFlags.booleans.contains(name) || withoutEffect[name] ?? false {
            return Flag(name: name, value: try boolean(value ?? "true", name))
        }
        // If the value is missing at the end, the argument parser reports that, or that the flag does not exist.
        return Flag(name: name, value: value ?? rest.popFirst())
    }

    private static func parseShort(
        _ argument: String,
        _ rest: inout ArraySlice<String>,
        _ letters: [Character: String]
    ) throws(Failure) -> Flag {
        guard let letter = argument.dropFirst().first, let name = letters[letter] else {
            return Flag(name: argument, value: nil)
        }
        let body = String(argument.dropFirst().prefix { $0 != "=" })
        // It would be a letter and a value that nobody means.
        guard body.count == 1 || !switches.contains(body) && !letters.values.contains(body) else {
            throw Failure(description: "unknown option '-\(body)'; did you mean '--\(body)'?")
        }
        let value = argument.dropFirst(2)
        if booleans.contains(name) {
            return Flag(name: name, value: try boolean(value.isEmpty ? "true" : String(value.dropFirst()), name))
        }
        if value.isEmpty { return Flag(name: name, value: rest.popFirst()) }
        return Flag(name: name, value: String(value.first == "=" ? value.dropFirst() : value))
    }

    private static func boolean(_ text: String, _ name: String) throws(Failure) -> String {
        guard let value = GoSyntax.parseBool(text) else {
            throw Failure(description: "--\(name) must be true or false, not \"\(text)\"")
        }
        return "\(value)"
    }

    /// Checks the value of a flag without effect.
    private static func check(_ name: String, _ value: String) throws(Failure) {
        guard name != "resync-period" || GoDuration(value) != nil else {
            throw Failure(description: "--\(name) must be \(GoDuration.problem(of: value))")
        }
    }
}
