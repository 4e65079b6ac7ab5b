import Foundation

/// A system program that a test runs.
package struct Command: Sendable {
    package struct Output: Sendable {
        /// The exit status, or 128 plus the signal's number.
        package let status: Int32
        package let standardOutput: [UInt8]
        package let standardError: [UInt8]

        package var text: String { String(decoding: standardOutput, as: UTF8.self) }
        package var errorText: String { String(decoding: standardError, as: UTF8.self) }
    }

    package var program: String
    package var arguments: [String]
    /// Added to the environment of this process.
    package var environment: [String: String]
    package var directory: String?

    /// - Parameter program: A path, or a name that is looked up in `PATH`.
    package init(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        directory: String? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
    }

    /// Starts the program with its standard input, output and error on pipes.
    package func start() throws -> RunningCommand {
        let path = try executable()
        return try RunningCommand(
            name: ([program] + arguments).joined(separator: " "),
            path: directory == nil ? path : "/usr/bin/env",
            arguments: (directory.map { ["-C", $0, path] } ?? []) + arguments,
            environment: ProcessInfo.processInfo.environment.merging(environment) { $1 }
        )
    }

    /// Runs the program to its end, whatever its status. Kills it and throws after `timeout`.
    package func run(input: [UInt8] = [], timeout: Duration = .seconds(60)) async throws -> Output {
        let running = try start()
        running.write(input)
        running.closeInput()
        return try await running.waitForExit(timeout: timeout)
    }

    /// Like `run`, but blocks the thread and requires the exit status 0. For short commands that prepare a test.
    @discardableResult
    package func runBlocking(input: [UInt8] = [], timeout: Duration = .seconds(60)) throws -> Output {
        let running = try start()
        running.write(input)
        running.closeInput()
        let output = try running.blockUntilExit(timeout: timeout)
        guard output.status == 0 else {
            throw CommandError.failed(running.name, status: output.status, errorText: output.errorText)
        }
        return output
    }

    private func executable() throws -> String {
        if program.contains("/") { return program }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in path.split(separator: ":") {
            let candidate = "\(folder)/\(program)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw CommandError.notFound(program)
    }
}

package enum CommandError: Error, CustomStringConvertible {
    case notFound(String)
    case notStarted(String, reason: String)
    case failed(String, status: Int32, errorText: String)
    /// `output` is everything that the program has written to both streams.
    case timedOut(String, waitingFor: String, output: String)
    /// The program ended before it wrote the expected text.
    case endedEarly(String, waitingFor: String, output: String)

    package var description: String {
        switch self {
        case .notFound(let program): "\(program) is not in PATH"
        case .notStarted(let name, let reason): "\(name): \(reason)"
        case .failed(let name, let status, let errorText): "\(name): exit status \(status): \(errorText)"
        case .timedOut(let name, let goal, let output): "\(name): no \(goal) in time; it wrote: \(output)"
        case .endedEarly(let name, let goal, let output): "\(name): ended without \(goal); it wrote: \(output)"
        }
    }
}
