internal import ArgumentParser
internal import Logging
internal import Webhook

/// Ports, logs and the end of the process.
struct OperationsOptions: ParsableArguments {
    @Option(help: "The HTTPS port: /mutate and the health paths.")
    var port = 443

    @Option(help: "The plain HTTP port: the health paths.")
    var metricsPort = 9999

    @Option(help: "How long to go on serving after SIGTERM, while no longer ready.")
    var shutdownDelay = GoDuration(.seconds(5))

    @Option(help: "How long requests under way may take after that.")
    var shutdownTimeout = GoDuration(.seconds(10))

    @Option(name: [.customShort("v"), .customLong("v")], help: "How much is logged: 2 adds a line for each decision.")
    var verbosity = 0

    /// Flags that were given and mean nothing here; filled by `PFlagSyntax`.
    @Option(name: .customLong(PFlagSyntax.withoutEffectFlag), help: .hidden)
    var withoutEffect: [String] = []

    var logger: Logger {
        var logger = Logger(label: "pod-identity-webhook") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = verbosity >= 2 ? .debug : .info
        return logger
    }

    /// The steps of start and stop interest nobody but when they fail.
    var lifecycleLogger: Logger {
        var logger = logger
        logger.logLevel = .warning
        return logger
    }

    func webhookServer(_ certificate: ServingCertificate) -> HTTPServer.Configuration {
        var configuration = HTTPServer.Configuration(name: "webhook", port: port, certificate: certificate)
        configuration.shutdownDelay = shutdownDelay.duration
        configuration.shutdownTimeout = shutdownTimeout.duration
        return configuration
    }

    func validate() throws {
        for (name, value) in [("port", port), ("metrics-port", metricsPort)] where !(0...65535).contains(value) {
            throw ValidationError("--\(name) must be 0 to 65535, not \(value)")
        }
    }
}
