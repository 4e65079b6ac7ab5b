package import CoreMetrics
package import Kubernetes
internal import KubernetesObjects
package import Logging
internal import ServiceLifecycle
package import ServiceSupport

/// Creates a CA, keeps it in a Secret that all replicas share and in the `caBundle`s of the MutatingWebhookConfiguration,
/// and signs a serving certificate for this replica. Renews both, and repairs what others change.
package struct ManagedCertificates: Service {
    package struct Configuration: Sendable {
        package var serviceName: String
        /// The namespace of the Service and the Secret.
        package var namespace: String
        package var secretName: String
        /// The name of the MutatingWebhookConfiguration.
        package var webhookConfigurationName: String
        package var authorityLifetime = Duration.seconds(87_600 * 3600)
        package var certificateLifetime = Duration.seconds(2160 * 3600)
        /// The longest time that an API server takes to start using a new `caBundle`.
        package var settlingTime = Duration.seconds(60)
        package var tls = TLSParameters()

        package init(serviceName: String, namespace: String, secretName: String, webhookConfigurationName: String) {
            self.serviceName = serviceName
            self.namespace = namespace
            self.secretName = secretName
            self.webhookConfigurationName = webhookConfigurationName
        }

        var service: NamespacedName { NamespacedName(namespace: namespace, name: serviceName) }
        var secret: NamespacedName { NamespacedName(namespace: namespace, name: secretName) }

        /// The DNS names of the Service, starting with the one that the API server connects to.
        var dnsNames: [String] {
            let name = "\(serviceName).\(namespace)"
            return ["\(name).svc", "\(name).svc.cluster.local", name, serviceName]
        }

        var policy: ManagedCertificatesStateMachine.Policy {
            ManagedCertificatesStateMachine.Policy(
                authorityLifetime: authorityLifetime.components.seconds,
                certificateLifetime: certificateLifetime.components.seconds,
                settlingTime: settlingTime.components.seconds
            )
        }
    }

    /// The common name of every CA starts with this, followed by a random part.
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
        let trigger = ReconcileTrigger()
        let watchers = [
            Resource.secret(namespace: configuration.namespace, name: configuration.secretName),
            .mutatingWebhookConfiguration(name: configuration.webhookConfigurationName),
        ].map { resource in
            let handler = trigger.handler(WatchMetrics(resource, factory: factory))
            return Watcher(resource, client: client, handler: handler, logger: logger)
        }
        await cancelWhenGracefulShutdown {
            await withThrowingTaskGroup(of: Void.self) { group in
                for watcher in watchers { group.addTask { try await watcher.run() } }
                group.addTask { await trigger.tick() }
                await reconcile(on: trigger)
                group.cancelAll()
            }
        }
    }

    private func reconcile(on trigger: ReconcileTrigger) async {
        var reconciler = ManagedCertificatesReconciler(
            configuration,
            objects: ManagedCertificatesObjects(configuration, client: client),
            certificate: certificate,
            readiness: readiness,
            metrics: CertificateMetrics(factory: factory),
            logger: logger
        )
        for await _ in trigger.stream { await reconciler.wake(trigger) }
    }
}
