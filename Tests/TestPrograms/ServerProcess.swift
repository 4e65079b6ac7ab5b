import Foundation
import Glibc
import Synchronization

/// A server that the tests start, watch and stop, and whose log is in a file. It does not outlive the tests.
package final class ServerProcess: Sendable {
    package let name: String
    package let logFile: String

    private struct State {
        var process: ChildProcess?
        var waiters: [CheckedContinuation<Void, Never>] = []
        var status: Int32?
        /// How many of the three ends are still to come: those of the process and of its two streams.
        var endsToCome = 0
    }

    private let state = Mutex(State())

    package init(name: String, logFile: String) {
        self.name = name
        self.logFile = logFile
    }

    /// Kills the process, because nothing else could stop it.
    deinit {
        state.withLock { state in
            guard let process = state.process else { return }
            process.send(signal: SIGKILL)
            ProcessGuardian.shared.forget(process: process.identifier)
        }
    }

    /// Starts the program; its output is appended to ``logFile``.
    package func start(_ executable: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        if !FileManager.default.fileExists(atPath: logFile) {
            _ = FileManager.default.createFile(atPath: logFile, contents: nil)
        }
        let log = try FileHandle(forWritingTo: URL(fileURLWithPath: logFile))
        try log.seekToEnd()
        let sharedLog = Mutex(log)
        let collect: @Sendable (Data) -> Void = { [weak self] chunk in
            guard !chunk.isEmpty else { return self?.ended() ?? () }
            sharedLog.withLock { try? $0.write(contentsOf: chunk) }
        }
        try state.withLock { state in
            guard state.process == nil else { throw ControlPlaneError.alreadyRunning(name: name) }
            let process = try ChildProcess(
                path: executable,
                arguments: arguments,
                environment: ProcessInfo.processInfo.environment.merging(environment) { $1 },
                output: collect,
                error: collect,
                exited: { [weak self] in self?.ended(status: $0) }
            )
            ProcessGuardian.shared.watch(process: process.identifier)
            state.process = process
            state.status = nil
            state.endsToCome = 3
        }
    }

    package var isRunning: Bool { state.withLock { $0.process != nil } }

    /// The exit status of the last run, or 128 plus the number of the signal that ended it; nil while running.
    package var exitStatus: Int32? { state.withLock { $0.process == nil ? $0.status : nil } }

    package var processIdentifier: Int32? { state.withLock { $0.process?.identifier } }

    /// Sends a signal without waiting for its effect.
    package func signal(_ number: Int32) {
        state.withLock { $0.process?.send(signal: number) }
    }

    /// Sends a signal and waits until the process ends. If the test is cancelled meanwhile, the process is killed.
    /// - Returns: The exit status, or 128 plus the number of the signal that ended it; nil if it never ran.
    @discardableResult
    package func stop(_ number: Int32 = SIGTERM) async -> Int32? {
        signal(number)
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let running = state.withLock { state in
                    if state.process != nil { state.waiters.append(continuation) }
                    return state.process != nil
                }
                if !running { continuation.resume() }
            }
        } onCancel: {
            self.signal(SIGKILL)
        }
        return exitStatus
    }

    /// Everything that the server has written so far, in all its runs.
    package var log: String {
        String(decoding: FileManager.default.contents(atPath: logFile) ?? Data(), as: UTF8.self)
    }

    /// The end of the log under a heading, for messages of failed tests.
    package func logTail(lines: Int = 25) -> String {
        let tail = log.split(separator: "\n").suffix(lines).map { $0.prefix(400) }.joined(separator: "\n")
        return "--- \(name) (\(logFile)) ---\n\(tail)"
    }

    /// Records one of the three ends; after the last one, the log is complete.
    private func ended(status: Int32? = nil) {
        let waiters: [CheckedContinuation<Void, Never>] = state.withLock { state in
            if let status { state.status = status }
            state.endsToCome -= 1
            guard state.endsToCome == 0, let process = state.process else { return [] }
            ProcessGuardian.shared.forget(process: process.identifier)
            state.process = nil
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
