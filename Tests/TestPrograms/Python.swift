package import JSON

/// Python as a second opinion, with its standard library and the packages of the tests' environment.
package enum Python {
    /// Runs a script that reads JSON from standard input and writes JSON to standard output.
    package static func json(_ script: String, _ input: JSONTree) async throws -> JSONTree {
        let output = try await Command("python3", ["-c", script]).run(input: input.bytes)
        guard output.status == 0 else {
            throw CommandError.failed("python3", status: output.status, errorText: output.errorText)
        }
        return try JSONTree(parsing: output.standardOutput)
    }
}
