import Foundation
import Glibc
import Synchronization
package import TestSupport

/// The product's program as a running server on free ports.
package final class WebhookProcess: Sendable {
    package static let executable = "\(TestFolders.products)/pod-identity-webhook"

    /// The TLS port, with `/mutate` and health.
    package let port: Int
    /// The plaintext port, with health and metrics.
    package let metricsPort: Int
    private let process: ServerProcess

    private static let lastNumber = Atomic(0)

    /// Starts the program with these flags, and with its own choice of ports and certificate. It has no shutdown delay
    /// unless the flags set one.
    /// - Parameter certificate: From ``CertificateFolder``; nil for a certificate that the program manages.
    package convenience init(
        _ flags: [String],
        certificate: CertificateFolder?,
        environment: [String: String] = [:]
    ) throws {
        let files = certificate.map {
            ["--in-cluster=false", "--tls-cert=\($0.certificateFile)", "--tls-key=\($0.keyFile)"]
        }
        try self.init(arguments: files ?? [], flags: flags, environment: environment)
    }

    /// Starts the program with the arguments of a Deployment's container, except for the ports and the shutdown delay.
    package convenience init(inPlaceOf container: APIObject, flags: [String]) throws {
        let arguments = container["args"].elements.compactMap(\.string).filter { argument in
            !["--port=", "--metrics-port=", "--shutdown-delay="].contains { argument.hasPrefix($0) }
        }
        try self.init(arguments: arguments, flags: flags, environment: [:])
    }

    private init(arguments: [String], flags: [String], environment: [String: String]) throws {
        port = try freePort()
        metricsPort = try freePort()
        let number = Self.lastNumber.add(1, ordering: .relaxed).newValue
        process = ServerProcess(
            name: "pod-identity-webhook",
            logFile: "\(try TestFolders.logs("webhook-\(number)"))/webhook.log"
        )
        let ours = ["--port=\(port)", "--metrics-port=\(metricsPort)", "--shutdown-delay=0s"]
        try process.start(Self.executable, arguments + ours + flags, environment: environment)
    }

    /// Waits until `/readyz` says so; an early end of the process is an error at once.
    package func waitUntilReady(within limit: Duration = .seconds(30)) async throws {
        try await eventually("the webhook to be ready", within: limit, log: logTail) {
            if !process.isRunning { return true }
            return try await readiness().status == 200
        }
        guard process.isRunning else {
            throw ControlPlaneError.ended(name: process.name, status: process.exitStatus, log: logTail())
        }
    }

    /// Asks `/readyz` on the plain port.
    /// - Returns: The HTTP status, 0 if nobody answered, and the body.
    package func readiness() async throws -> (status: Int, body: String) {
        let arguments = ["--silent", "--max-time", "5", "--write-out", "\n%{http_code}"]
        let answer = try await Command("curl", arguments + ["http://127.0.0.1:\(metricsPort)/readyz"]).run()
        let lines = answer.text.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }

    package var isRunning: Bool { process.isRunning }

    package var logFile: String { process.logFile }
    package var log: String { process.log }

    /// In bytes.
    package var logSize: Int {
        (try? FileManager.default.attributesOfItem(atPath: process.logFile)[.size] as? Int).flatMap { $0 } ?? 0
    }

    /// The most resident memory that it ever had, in bytes (proc(5), `VmHWM`); nil once it has ended.
    package var peakMemory: Int? {
        process.processIdentifier.flatMap { pid in
            let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
            let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            return line?.split(separator: " ").compactMap { Int($0) }.first.map { $0 * 1024 }
        }
    }

    package func logTail() -> String { process.logTail(lines: 40) }

    package func signal(_ number: Int32) { process.signal(number) }

    /// - Returns: The exit status, or 128 plus the number of the signal that ended it.
    @discardableResult
    package func stop(_ signal: Int32 = SIGTERM) async -> Int32? { await process.stop(signal) }
}
