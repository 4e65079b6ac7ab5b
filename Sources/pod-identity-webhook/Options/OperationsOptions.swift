internal import ArgumentParser
internal import GoSyntax
internal import HTTPServer
internal import Logging
internal import NIOOpenSSL

/// The flags for ports, logs and shutting down.
struct OperationsOptions: ParsableArguments {
    @Option(help: "The HTTPS port: /mutate and the health paths.")
    var port = 443

    @Option(help: "The plain HTTP port: /metrics and the health paths.")
    var metricsPort = 9999

    @Option(help: "How many event loops there are, a thread each; without it one for each usable core, but at most 4.")
    var eventLoops: Int?

    /// Four are enough: each event loop answers thousands of requests a second, and each needs memory of its own.
    static var defaultEventLoops: Int { min(UsableCores.count, 4) }

    @Option(help: "How long to go on serving after SIGTERM, while no longer ready.")
    var shutdownDelay = GoDuration(.seconds(5))

    @Option(help: "How long requests under way may take after the shutdown delay.")
    var shutdownTimeout = GoDuration(.seconds(10))

    @Option(help: "Whether /debug/alpha/cache on the metrics port shows what is known about ServiceAccounts.")
    var enableDebuggingHandlers = false

    @Option(
        name: [.customShort("v"), .customLong("v")],
        help: "How much is logged: 2 adds a line for each decision, 4 what happens inside."
    )
    var verbosity = 0

    @Option(help: "The format of log lines: text, or json for one object each.")
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
            "flags of other webhooks that have no effect here",
            metadata: ["flags": "\(withoutEffect.joined(separator: ", "))"]
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
        var configuration = HTTPServer.Configuration(name: "metrics", port: metricsPort)
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
        var configuration = HTTPServer.Configuration(name: "webhook", port: port, tls: tls)
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
        if let eventLoops, !(1...1024).contains(eventLoops) {
            throw ValidationError("--event-loops must be 1 to 1024, not \(eventLoops)")
        }
    }
}
