internal import GoSyntax

/// The command line as Go's `pflag` reads it, which the manifests for the Amazon EKS webhook are written for, brought
/// into the one form that the argument parser takes: `--name=value`.
///
/// Flags take a value behind `=` or as the next argument, `-v2` is `-v 2`; booleans stand alone or have their value
/// behind `=`, and never take the next argument.
enum PFlagSyntax {
    /// A command line that cannot be read.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// Takes the names of flags that were left out because they have no effect.
    static let withoutEffectFlag = "without-effect"

    private static let booleans: Set<String> = [
        "annotate-pods", "namespace-roles",
        "compose-role-arn", "enable-debugging-handlers", "in-cluster", "sts-regional-endpoint", "watch-config-map",
    ]

    /// Without a value: the argument parser's own.
    private static let switches: Set<String> = ["help", "version", "help-hidden", "experimental-dump-help"]

    private static let letters: [Character: String] = ["v": "v", "f": "filename", "o": "output", "n": "namespace"]

    /// Flags of the EKS webhook that mean nothing here, and whether they are booleans: those of its log library, klog, and
    /// its resync, which a watch that is never behind does not need.
    private static let withoutEffect: [String: Bool] = [
        "logtostderr": true, "alsologtostderr": true, "skip_headers": true, "skip_log_headers": true,
        "add_dir_header": true, "one_output": true, "legacy_stderr_threshold_behavior": true,
        "stderrthreshold": false, "alsologtostderrthreshold": false, "vmodule": false, "log_dir": false,
        "log_file": false, "log_file_max_size": false, "log_backtrace_at": false, "resync-period": false,
    ]

    static func normalise(_ arguments: [String]) throws(Failure) -> [String] {
        var output: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" { return output + [argument] + rest }
            guard argument.hasPrefix("-"), argument != "-" else {
                output.append(argument)
                continue
            }
            let flag = try parse(argument, &rest)
            if let value = flag.value, withoutEffect[flag.name] != nil {
                try check(flag.name, value)
                output.append("--\(withoutEffectFlag)=\(flag.name)")
            } else {
                output += written(flag) ?? [argument]
            }
        }
        return output
    }

    private static func written(_ flag: Flag) -> [String]? {
        guard let value = flag.value else { return nil }
        // To the argument parser nothing behind a `=` is a missing value, an empty argument is an empty one.
        return value.isEmpty ? ["--\(flag.name)", ""] : ["--\(flag.name)=\(value)"]
    }

    private struct Flag {
        let name: String
        /// Nil for what stays as it was written.
        let value: String?
    }

    private static func parse(_ argument: String, _ rest: inout ArraySlice<String>) throws(Failure) -> Flag {
        guard argument.hasPrefix("--") else { return parseShort(argument, &rest) }
        let body = argument.dropFirst(2)
        let name = String(body.prefix { $0 != "=" })
        let value = body.firstIndex(of: "=").map { String(body[body.index(after: $0)...]) }
        if switches.contains(name) { return Flag(name: name, value: nil) }
        if booleans.contains(name) || withoutEffect[name] ?? false {
            return Flag(name: name, value: try boolean(value ?? "true", name))
        }
        // Without a value at the end the argument parser says what is missing, or that there is no such flag.
        return Flag(name: name, value: value ?? rest.popFirst())
    }

    private static func parseShort(_ argument: String, _ rest: inout ArraySlice<String>) -> Flag {
        guard let letter = argument.dropFirst().first, let name = letters[letter] else {
            return Flag(name: argument, value: nil)
        }
        let value = argument.dropFirst(2)
        if value.isEmpty { return Flag(name: name, value: rest.popFirst()) }
        return Flag(name: name, value: String(value.first == "=" ? value.dropFirst() : value))
    }

    private static func boolean(_ text: String, _ name: String) throws(Failure) -> String {
        guard let value = GoSyntax.parseBool(text) else {
            throw Failure(description: "the flag --\(name) is true or false, not \"\(text)\"")
        }
        return "\(value)"
    }

    /// Also a flag without effect has a form.
    private static func check(_ name: String, _ value: String) throws(Failure) {
        guard name != "resync-period" || GoDuration(value) != nil else {
            throw Failure(description: "the flag --\(name) is a duration such as 60s, not \"\(value)\"")
        }
    }
}
