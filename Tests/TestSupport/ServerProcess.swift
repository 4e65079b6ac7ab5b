import Foundation
import Glibc
import Synchronization

/// A server that the tests start, watch and stop, with its log in a file. It does not outlive the tests.
package final class ServerProcess: Sendable {
    package let name: String
    package let logFile: String

    private struct State {
        var process: Process?
        var waiters: [CheckedContinuation<Void, Never>] = []
        var lastStatus: Int32?
    }

    private let state = Mutex(State())

    package init(name: String, logFile: String) {
        self.name = name
        self.logFile = logFile
    }

    /// Starts the program; its output is appended to ``logFile``.
    package func start(_ executable: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let descriptor = open(logFile, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let log = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)

        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = log
        process.standardError = log
        process.terminationHandler = { [weak self] ended in
            self?.ended(
                status: ended.terminationReason == .exit ? ended.terminationStatus : 128 + ended.terminationStatus
            )
            ProcessGuardian.shared.forget(process: ended.processIdentifier)
        }
        try state.withLock { state in
            guard state.process == nil else { throw ControlPlaneError.alreadyRunning(name: name) }
            try process.runWithSignals()
            state.process = process
            state.lastStatus = nil
            // Under the lock, which the termination handler takes before it says "forget".
            ProcessGuardian.shared.watch(process: process.processIdentifier)
        }
    }

    package var isRunning: Bool { state.withLock { $0.process != nil } }

    /// The exit status of the last run, or 128 plus the number of the signal that ended it; nil while running.
    package var exitStatus: Int32? { state.withLock { $0.lastStatus } }

    package var processIdentifier: Int32? { state.withLock { $0.process?.processIdentifier } }

    /// Sends a signal, without waiting for its effect.
    package func signal(_ number: Int32) {
        state.withLock { state in
            if let process = state.process { _ = Glibc.kill(process.processIdentifier, number) }
        }
    }

    /// Sends a signal and waits for the process to end; a test that is cancelled meanwhile kills it.
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

    /// Everything the server has written so far, in all its runs.
    package var log: String {
        String(decoding: FileManager.default.contents(atPath: logFile) ?? Data(), as: UTF8.self)
    }

    /// The end of the log under a headline, for messages of failed tests.
    package func logTail(lines: Int = 25) -> String {
        let tail = log.split(separator: "\n").suffix(lines).map { $0.prefix(400) }.joined(separator: "\n")
        return "--- \(name) (\(logFile)) ---\n\(tail)"
    }

    private func ended(status: Int32) {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.process = nil
            state.lastStatus = status
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
