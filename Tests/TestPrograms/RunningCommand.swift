import Foundation
import Glibc

/// A running program whose output is collected. It is killed when the last reference to it is released.
package final class RunningCommand: Sendable {
    /// The command line.
    package let name: String
    private let process: ChildProcess
    private let state: CommandState

    init(
        name: String,
        path: String,
        arguments: [String],
        environment: [String: String]
    ) throws {
        let state = CommandState()
        self.name = name
        self.state = state
        process = try ChildProcess(
            path: path,
            arguments: arguments,
            environment: environment,
            output: { state.append(output: $0) },
            error: { state.append(error: $0) },
            exited: { state.exited($0) }
        )
    }

    deinit { process.send(signal: SIGKILL) }

    package var processIdentifier: Int32 { process.identifier }
    package var isRunning: Bool { process.isRunning }
    /// What it has written so far.
    package var text: String { String(decoding: state.snapshot.output, as: UTF8.self) }
    package var errorText: String { String(decoding: state.snapshot.error, as: UTF8.self) }

    /// Returns immediately; the bytes are written in the order of the calls.
    package func write(_ bytes: [UInt8]) {
        if !bytes.isEmpty { process.write(bytes) }
    }

    package func write(_ text: String) { write(Array(text.utf8)) }

    package func closeInput() { process.closeInput() }

    package func send(signal: Int32) { process.send(signal: signal) }

    package func terminate() { send(signal: SIGTERM) }

    /// Waits until standard output or standard error contains `text`.
    package func waitForOutput(containing text: String, timeout: Duration = .seconds(30)) async throws {
        let bytes = Data(text.utf8)
        let holds: CommandState.Condition = { snapshot in
            Data(snapshot.output).range(of: bytes) != nil || Data(snapshot.error).range(of: bytes) != nil
        }
        let seen = await withCheckedContinuation { continuation in
            state.wait(for: { holds($0) || $0.isOver }, timeout: timeout) { continuation.resume(returning: $0) }
        }
        guard seen else { throw timedOut(waitingFor: "\"\(text)\"") }
        guard holds(state.snapshot) else {
            throw CommandError.endedEarly(name, waitingFor: "\"\(text)\"", output: self.text + errorText)
        }
    }

    /// Waits for the exit and the end of both streams. Kills it and throws after `timeout`.
    package func waitForExit(timeout: Duration = .seconds(60)) async throws -> Command.Output {
        let ended = await withCheckedContinuation { continuation in
            state.wait(for: \.isOver, timeout: timeout) { continuation.resume(returning: $0) }
        }
        return try output(ended: ended)
    }

    func blockUntilExit(timeout: Duration) throws -> Command.Output {
        let semaphore = DispatchSemaphore(value: 0)
        state.wait(for: \.isOver, timeout: timeout) { _ in semaphore.signal() }
        semaphore.wait()
        return try output(ended: state.snapshot.isOver)
    }

    private func output(ended: Bool) throws -> Command.Output {
        let snapshot = state.snapshot
        guard ended, let status = snapshot.status else {
            send(signal: SIGKILL)
            throw timedOut(waitingFor: "end")
        }
        return Command.Output(status: status, standardOutput: snapshot.output, standardError: snapshot.error)
    }

    private func timedOut(waitingFor goal: String) -> CommandError {
        .timedOut(name, waitingFor: goal, output: text + errorText)
    }
}
