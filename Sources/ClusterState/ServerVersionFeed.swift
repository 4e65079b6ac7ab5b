internal import JSON
package import Kubernetes
package import Logging
internal import PodIdentity
internal import ServiceLifecycle
package import ServiceSupport

/// Asks the API server for its version: at startup, periodically because it may be upgraded, and soon after a failure.
/// Until the next success, the last answer counts.
package struct ServerVersionFeed: Service {
    private let client: APIClient
    private let version: KnownServerVersion
    private let interval: Duration
    private let readiness: Readiness
    private let logger: Logger
    private let failures = FailureLogLimiter()

    /// - Parameter interval: The time between an answer and the next request.
    package init(
        client: APIClient,
        version: KnownServerVersion,
        interval: Duration = .seconds(600),
        readiness: Readiness,
        logger: Logger
    ) {
        self.client = client
        self.version = version
        self.interval = interval
        self.readiness = readiness
        self.logger = logger
        readiness.fail(.serverVersion, "the API server has not said its version yet")
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await ask() }
    }

    private func ask() async {
        var backoff = Backoff()
        var random = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            do throws(KubernetesError) {
                try await update()
                backoff.reset()
                try? await Task.sleep(for: interval)
            } catch {
                guard !Task.isCancelled else { return }
                if let metadata = failures.metadata(of: error) {
                    logger.warning("the API server's version could not be read", metadata: metadata)
                }
                readiness.explain(.serverVersion, "\(error)")
                try? await Task.sleep(for: backoff.next(atLeast: .zero, using: &random))
            }
        }
    }

    private func update() async throws(KubernetesError) {
        let parts = try await client.get("/version").parse { ($0["major"]?.string, $0["minor"]?.string) }
        guard let major = parts.0, let minor = parts.1, let found = ServerVersion(major: major, minor: minor) else {
            throw .malformedAnswer("/version does not say which version the API server has")
        }
        if version.update(found) {
            logger.info(
                "the API server's version is known",
                metadata: ["server_version": "\(found.major).\(found.minor)"]
            )
        }
        readiness.pass(.serverVersion)
    }
}
