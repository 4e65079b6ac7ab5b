import TestSupport

/// A server for the tests that runs as a separate program and listens on a free port.
package final class LocalServer: Sendable {
    package let url: String
    private let process: ServerProcess

    /// - Parameter arguments: Returns the arguments for the port.
    package init(
        _ program: String,
        path: String = "",
        environment: [String: String] = [:],
        arguments: (Int) -> [String]
    ) throws {
        let port = try freePort()
        url = "http://127.0.0.1:\(port)\(path)"
        process = ServerProcess(name: program, logFile: "\(try TestFolders.logs("\(program)-\(port)"))/\(program).log")
        try process.start("/usr/bin/env", [program] + arguments(port), environment: environment)
    }

    package var log: String { process.log }

    package func stop() async { _ = await process.stop() }

    /// Waits until it responds at all.
    package func waitUntilReady() async throws {
        try await eventually("\(url) to answer", log: { self.log }) {
            try await Command("curl", ["-s", "--max-time", "5", "-o", "/dev/null", self.url]).run().status == 0
        }
    }
}
