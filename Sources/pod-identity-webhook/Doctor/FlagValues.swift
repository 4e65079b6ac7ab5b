/// The flags of a command line, in the form that `PFlagSyntax` produces.
struct FlagValues: CustomStringConvertible {
    private var values: [(name: String, value: String)] = []

    init(_ arguments: [String]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--"), argument != "--" else { continue }
            let name = String(argument.dropFirst(2).prefix { $0 != "=" })
            if let start = argument.firstIndex(of: "=") {
                values.append((name, String(argument[argument.index(after: start)...])))
            } else if rest.first?.isEmpty ?? false {
                values.append((name, rest.removeFirst()))
            }
        }
    }

    var names: [String] { values.map(\.name).reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }

    /// If a flag is given several times, the last one counts.
    subscript(name: String) -> String? { values.last { $0.name == name }?.value }

    func filter(_ isIncluded: (String) -> Bool) -> FlagValues {
        var filtered = self
        filtered.values = values.filter { isIncluded($0.name) }
        return filtered
    }

    /// These flags, followed by others.
    func merging(_ others: FlagValues) -> FlagValues {
        var all = self
        all.values += others.values
        return all
    }

    /// The flags for the argument parser, which accepts an empty value only as a separate argument.
    var arguments: [String] {
        values.flatMap { $0.value.isEmpty ? ["--\($0.name)", ""] : ["--\($0.name)=\($0.value)"] }
    }

    var description: String { values.map { "--\($0.name)=\($0.value)" }.joined(separator: " ") }
}
