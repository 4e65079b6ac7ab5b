internal import Glibc
internal import KubernetesObjects
package import Logging
internal import NIOOpenSSL
internal import ServiceLifecycle

/// Logs that the certificate in use has expired: when it happens, and every hour after that. No API server that
/// verifies the certificate can then call the webhook.
package struct CertificateExpirationLog: Service {
    private let notAfter: @Sendable () -> Int64?
    private let now: @Sendable () -> Int64
    private let interval: Duration
    private let pause: Duration
    private let logger: Logger

    package init(_ certificate: ServingCertificate, logger: Logger) {
        self.init(notAfter: { certificate.context?.leaf?.notAfter }, logger: logger)
    }

    /// - Parameters:
    ///   - notAfter: The end of the certificate's validity, in seconds since 1970-01-01T00:00:00Z; nil while there is none.
    ///   - now: The time in the same form.
    ///   - interval: The time between two lines.
    ///   - pause: The time between two checks of the certificate.
    init(
        notAfter: @escaping @Sendable () -> Int64?,
        now: @escaping @Sendable () -> Int64 = { Int64(time(nil)) },
        interval: Duration = .seconds(3600),
        pause: Duration = .seconds(60),
        logger: Logger
    ) {
        self.notAfter = notAfter
        self.now = now
        self.interval = interval
        self.pause = pause
        self.logger = logger
    }

    package func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var last: ContinuousClock.Instant?
            while true {
                if let end = notAfter(), end < now() {
                    if last.map({ ContinuousClock.now - $0 >= interval }) ?? true {
                        last = .now
                        logger.error(
                            "the serving certificate has expired",
                            metadata: ["not_after": "\(Timestamp(seconds: end).text)"]
                        )
                    }
                } else {
                    last = nil
                }
                try await Task.sleep(for: pause)
            }
        }
        // The process ends when its first service does.
        try await gracefulShutdown()
    }
}
