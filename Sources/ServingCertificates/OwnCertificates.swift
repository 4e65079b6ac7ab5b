package import CoreMetrics
package import Kubernetes
package import Logging
internal import NIOOpenSSL
internal import ServiceLifecycle
package import ServiceSupport

/// Makes the CA, keeps it in a Secret that all replicas share and in the bundles of the registration, and signs a serving
/// certificate of this replica's own; renews them, and repairs what others change.
package struct OwnCertificates: Service {
    package struct Configuration: Sendable {
        package var serviceName: String
        /// Of the Service and the Secret.
        package var namespace: String
        package var secretName: String
        /// The MutatingWebhookConfiguration.
        package var registrationName: String
        package var authorityLifetime = Duration.seconds(87_600 * 3600)
        package var certificateLifetime = Duration.seconds(2160 * 3600)
        /// How long API servers may take to use a bundle that was written.
        package var settlingTime = Duration.seconds(60)
        package var parameters = ServingParameters()

        package init(serviceName: String, namespace: String, secretName: String, registrationName: String) {
            self.serviceName = serviceName
            self.namespace = namespace
            self.secretName = secretName
            self.registrationName = registrationName
        }

        /// The names that a Service has, the one that the API server calls it by first.
        var dnsNames: [String] {
            let name = "\(serviceName).\(namespace)"
            return ["\(name).svc", "\(name).svc.cluster.local", name, serviceName]
        }

        var policy: OwnCertificatesStateMachine.Policy {
            OwnCertificatesStateMachine.Policy(
                authorityLifetime: authorityLifetime.components.seconds,
                certificateLifetime: certificateLifetime.components.seconds,
                settlingTime: settlingTime.components.seconds
            )
        }
    }

    /// The common name of every CA starts with it; a random part follows.
    static let authorityName = "pod-identity-webhook CA"

    private let configuration: Configuration
    private let client: APIClient
    private let certificate: ServingCertificate
    private let readiness: Readiness
    private let factory: any MetricsFactory
    private let logger: Logger

    package init(
        _ configuration: Configuration,
        client: APIClient,
        certificate: ServingCertificate,
        readiness: Readiness,
        factory: any MetricsFactory = NOOPMetricsHandler.instance,
        logger: Logger
    ) {
        self.configuration = configuration
        self.client = client
        self.certificate = certificate
        self.readiness = readiness
        readiness.failUntilCertificateIsLoaded()
        self.factory = factory
        self.logger = logger
    }

    package func run() async throws {
        let wakeups = Wakeups()
        let watchers = [
            Resource.secret(namespace: configuration.namespace, name: configuration.secretName),
            .mutatingWebhookConfiguration(name: configuration.registrationName),
        ].map { resource in
            let handler = wakeups.handler(WatchMetrics(resource, factory: factory))
            return Watcher(resource, client: client, handler: handler, logger: logger)
        }
        await cancelWhenGracefulShutdown {
            await withThrowingTaskGroup(of: Void.self) { group in
                for watcher in watchers { group.addTask { try await watcher.run() } }
                group.addTask { await wakeups.tick() }
                await reconcile(wakeups)
                group.cancelAll()
            }
        }
    }

    private func reconcile(_ wakeups: Wakeups) async {
        var reconciler = OwnCertificatesReconciler(
            configuration,
            objects: OwnCertificatesObjects(configuration, client: client),
            certificate: certificate,
            readiness: readiness,
            metrics: CertificateMetrics(factory: factory),
            logger: logger
        )
        for await _ in wakeups.stream { await reconciler.wake(wakeups) }
    }
}
