internal import ArgumentParser
internal import GoSyntax
internal import HTTPServer
internal import Logging
internal import NIOOpenSSL
internal import Operations

/// The flags for ports, logs and shutting down.
struct OperationsOptions: ParsableArguments {
    @Option(help: .value("port", "The HTTPS port, for /mutate and the health paths, 0 to 65535; 0 for any free port."))
    var port = 443

    @Option(help: .value("port", "The plain HTTP port, for /metrics and the health paths, 0 to 65535."))
    var metricsPort = 9999

    @Option(help: .number("Threads that answer requests, 1 to 1024; by default one per usable core, at most 4."))
    var eventLoops: Int?

    /// Four are enough: each event loop answers thousands of requests per second, and each needs its own memory.
    static var defaultEventLoops: Int { min(UsableCores.count, 4) }

    @Option(help: .duration("How long to keep serving after SIGTERM, while no longer ready."))
    var shutdownDelay = GoDuration(.seconds(5))

    @Option(help: .duration("How long requests in progress may take after the shutdown delay."))
    var shutdownTimeout = GoDuration(.seconds(10))

    @Option(
        help: .boolean("Serve /debug/alpha/cache on the metrics port: the known ServiceAccounts.")
    )
    var enableDebuggingHandlers = false

    @Option(
        name: [.customShort("v"), .customLong("v")],
        help: .value("level", "Log verbosity, 0 or more: 2 logs each decision, 4 logs internals too.")
    )
    var verbosity = 0

    @Option(help: .value("text|json", "The format of log lines: text, or one JSON object each."))
    var logFormat = LogFormat.text

    enum LogFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

    /// The names of flags that were given but have no effect here, collected by `PFlagSyntax`.
    @Option(name: .customLong(PFlagSyntax.withoutEffectFlag), help: .hidden)
    var withoutEffect: [String] = []

    func logger(_ write: @escaping @Sendable (String) -> Void) -> Logger {
        let format: any LogLineFormat.Type = logFormat == .text ? TextLogFormat.self : JSONLogFormat.self
        var logger = Logger(label: "pod-identity-webhook") { label in
            BoundedLogHandler(label: label, format: format, write: write)
        }
        logger.logLevel = logLevel
        return logger
    }

    func logFlagsWithoutEffect(to logger: Logger) {
        guard !withoutEffect.isEmpty else { return }
        logger.info(
            "flags of other webhooks have no effect",
            metadata: ["flags": .array(withoutEffect.map { "--\($0)" })]
        )
    }

    private var logLevel: Logger.Level {
        switch verbosity {
        case ..<2: .info
        case 2...3: .debug
        default: .trace
        }
    }

    /// The metrics port has few clients and short responses, apart from the dump of known ServiceAccounts.
    func metricsServer(delegate: any HTTPServerDelegate) -> HTTPServer.Configuration {
        var configuration = HTTPServer.Configuration(name: Listener.metrics.rawValue, port: metricsPort)
        configuration.delegate = delegate
        configuration.limits.maximumConnections = 64
        if !enableDebuggingHandlers { configuration.limits.maximumBufferedBytes = 2 * 1024 * 1024 }
        return configuration
    }

    func webhookServer(
        tls: @escaping @Sendable () -> TLSContext?,
        delegate: any HTTPServerDelegate,
        _ limits: HTTPLimits
    ) -> HTTPServer.Configuration {
        var configuration = HTTPServer.Configuration(name: Listener.https.rawValue, port: port, tls: tls)
        configuration.delegate = delegate
        configuration.limits = limits
        configuration.shutdownDelay = shutdownDelay.duration
        configuration.shutdownTimeout = shutdownTimeout.duration
        return configuration
    }

    func validate() throws {
        for (name, value) in [("port", port), ("metrics-port", metricsPort)] where !(0...65535).contains(value) {
            throw ValidationError("--\(name) must be 0 to 65535, not \(value)")
        }
        guard port != metricsPort || port == 0 else {
            throw ValidationError("--port and --metrics-port must differ; both are \(port)")
        }
        guard verbosity >= 0 else { throw ValidationError("--v must be 0 or more, not \(verbosity)") }
        for (name, value) in [("shutdown-delay", shutdownDelay), ("shutdown-timeout", shutdownTimeout)]
        where value.duration < .zero {
            throw ValidationError("--\(name) must be 0s or more, not \(value)")
        }
        if let eventLoops, !(1...1024).contains(eventLoops) {
            throw ValidationError("--event-loops must be 1 to 1024, not \(eventLoops)")
        }
    }
}
