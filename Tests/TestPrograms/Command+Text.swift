extension Command {
    /// Runs the program to its end, with text as input and output.
    /// - Returns: Its standard output. Any exit status except 0 is thrown, with its standard error.
    @discardableResult
    package func runText(input: String = "", timeout: Duration = .seconds(90)) async throws -> String {
        let output = try await run(input: Array(input.utf8), timeout: timeout)
        guard output.status == 0 else {
            let name = ([program] + arguments).joined(separator: " ")
            throw CommandError.failed(name, status: output.status, errorText: output.errorText)
        }
        return output.text
    }
}
