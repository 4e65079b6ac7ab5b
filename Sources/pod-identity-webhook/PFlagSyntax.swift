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

    private static let booleans: Set<String> = ["enable-debugging-handlers", "in-cluster", "sts-regional-endpoint"]
    /// Flags of the argument parser's own, and those with one letter and their long names.
    private static let switches: Set<String> = ["help", "version", "help-hidden", "experimental-dump-help"]
    private static let letters: [Character: String] = ["v": "v", "f": "filename", "o": "output", "n": "namespace"]

    static func normalise(_ arguments: [String]) throws(Failure) -> [String] {
        var output: [String] = []
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" { return output + [argument] + rest }
            guard argument.hasPrefix("-"), argument != "-" else {
                output.append(argument)
                continue
            }
            output.append(try flag(argument, &rest))
        }
        return output
    }

    private static func flag(_ argument: String, _ rest: inout ArraySlice<String>) throws(Failure) -> String {
        guard argument.hasPrefix("--") else { return try shortFlag(argument, &rest) }
        let name = String(argument.dropFirst(2).prefix { $0 != "=" })
        let value = argument.contains("=") ? String(argument.drop { $0 != "=" }.dropFirst()) : nil
        if switches.contains(name) { return argument }
        guard booleans.contains(name) else {
            if let value { return "--\(name)=\(value)" }
            guard let next = rest.popFirst() else { throw Failure(description: "the flag --\(name) needs a value") }
            return "--\(name)=\(next)"
        }
        switch value {
        case nil, "1", "t", "T", "true", "TRUE", "True": return "--\(name)=true"
        case "0", "f", "F", "false", "FALSE", "False": return "--\(name)=false"
        case let value?: throw Failure(description: "the flag --\(name) is true or false, not \"\(value)\"")
        }
    }

    private static func shortFlag(_ argument: String, _ rest: inout ArraySlice<String>) throws(Failure) -> String {
        guard let letter = argument.dropFirst().first, let name = letters[letter] else { return argument }
        var value = argument.dropFirst(2)
        if value.first == "=" {
            value = value.dropFirst()
        } else if value.isEmpty {
            guard let next = rest.popFirst() else { throw Failure(description: "the flag -\(letter) needs a value") }
            return "--\(name)=\(next)"
        }
        return "--\(name)=\(value)"
    }
}
