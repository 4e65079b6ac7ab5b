import Foundation
import Glibc

/// Runs a program to its end. Its input and output go through unnamed files, so neither side can block the other.
package enum Tool {
    package struct Output: Sendable {
        /// The exit status, or 128 plus the signal's number as a shell reports it.
        package let status: Int32
        package let output: String
        package let error: String
    }

    /// - Parameter program: A path, or a name that is looked up in `PATH`.
    package static func run(
        _ program: String,
        _ arguments: [String] = [],
        input: String? = nil,
        environment: [String: String] = [:]
    ) async throws -> Output {
        let stdin = try unnamedFile()
        try stdin.write(contentsOf: Data((input ?? "").utf8))
        try stdin.seek(toOffset: 0)
        let stdout = try unnamedFile()
        let stderr = try unnamedFile()

        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = stdin
        process.standardOutput = stdout
        process.standardError = stderr
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
                process.terminationHandler = { _ in ended.resume() }
                do {
                    try process.runWithSignals()
                } catch {
                    process.terminationHandler = nil
                    ended.resume(throwing: error)
                }
            }
        } onCancel: {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        try Task.checkCancellation()
        return Output(
            status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
            output: try contents(of: stdout),
            error: try contents(of: stderr)
        )
    }

    /// As ``run(_:_:input:environment:)``, but anything other than exit status 0 is thrown.
    /// - Returns: What the program wrote to its standard output.
    @discardableResult
    package static func check(_ program: String, _ arguments: [String] = [], input: String? = nil) async throws
        -> String
    {
        let result = try await run(program, arguments, input: input)
        guard result.status == 0 else {
            throw ControlPlaneError.commandFailed(
                command: ([program] + arguments).joined(separator: " "),
                status: result.status,
                error: result.error
            )
        }
        return result.output
    }

    private static func unnamedFile() throws -> FileHandle {
        var template = Array("\(NSTemporaryDirectory())/tool-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    private static func contents(of file: FileHandle) throws -> String {
        try file.seek(toOffset: 0)
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }
}
