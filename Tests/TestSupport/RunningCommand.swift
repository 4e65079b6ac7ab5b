import Dispatch
import Foundation
import Glibc

/// A program that was started and whose output is collected. It is killed when the last reference to it goes.
package final class RunningCommand: Sendable {
    /// The command line.
    package let name: String
    private let process: Process
    private let input: FileHandle
    private let inputQueue = DispatchQueue(label: "command.input")
    private let state: CommandState

    init(_ process: Process, name: String) throws {
        _ = Self.ignoreBrokenPipes
        let input = Pipe()
        let output = Pipe()
        let error = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = error
        let state = CommandState()
        process.terminationHandler = { ended in
            let bySignal = ended.terminationReason == .uncaughtSignal
            state.exited(bySignal ? 128 + ended.terminationStatus : ended.terminationStatus)
        }
        Self.collect(output.fileHandleForReading) { state.append(output: $0) }
        Self.collect(error.fileHandleForReading) { state.append(error: $0) }
        try process.run()
        self.process = process
        self.name = name
        self.input = input.fileHandleForWriting
        self.state = state
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    package var processIdentifier: Int32 { process.processIdentifier }
    package var isRunning: Bool { process.isRunning }
    /// What it wrote so far.
    package var text: String { String(decoding: state.snapshot.output, as: UTF8.self) }
    package var errorText: String { String(decoding: state.snapshot.error, as: UTF8.self) }

    /// Returns at once; the bytes are written in the order of the calls.
    package func write(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        inputQueue.async { [input] in try? input.write(contentsOf: Data(bytes)) }
    }

    package func write(_ text: String) { write(Array(text.utf8)) }

    package func closeInput() {
        inputQueue.async { [input] in try? input.close() }
    }

    package func send(signal: Int32) {
        if process.isRunning { kill(process.processIdentifier, signal) }
    }

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

    /// Waits for the exit and the end of both streams. Kills it and throws when `timeout` has passed.
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

    /// Hands over every chunk, and an empty one at the end of the stream.
    private static func collect(_ handle: FileHandle, _ receive: @escaping @Sendable (Data) -> Void) {
        handle.readabilityHandler = { handle in
            let chunk = handle.availableData
            if chunk.isEmpty { handle.readabilityHandler = nil }
            receive(chunk)
        }
    }

    /// A program that ends before it has read its input must not end the tests.
    private static let ignoreBrokenPipes: Void = { signal(SIGPIPE, SIG_IGN) }()
}
