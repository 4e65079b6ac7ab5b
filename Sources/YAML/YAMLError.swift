/// Why a text is not YAML that Kubernetes would read.
package struct YAMLError: Error, Equatable, CustomStringConvertible {
    package let reason: String
    /// Counted from 1.
    package let line: Int

    package var description: String { "line \(line): \(reason)" }
}

/// Why a text is not YAML.
package struct YAMLSyntaxError: Error {
    package var problem: String
    /// The line of the problem, counted from 0.
    package var line: Int
}
