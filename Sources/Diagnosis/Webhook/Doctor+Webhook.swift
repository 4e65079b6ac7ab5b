internal import Kubernetes
internal import KubernetesObjects

extension Doctor {
    func examineWebhook(_ cluster: inout ClusterView, _ report: inout Report) async throws(KubernetesError) {
        guard let configurations = try await report.attempt(.registration, readConfigurations) else {
            cluster.isRegistrationKnown = false
            return
        }
        report.add(RegistrationCheck(name: options.webhookConfiguration).findings(configurations))
        cluster.registration = configurations.first { $0.name == options.webhookConfiguration }
        let webhook = cluster.podWebhook
        let endpoints = try await examineEndpoints(of: webhook, &report)
        await examineCertificate(cluster.registration?.ownWebhooks ?? [], endpoints, &report)
        let access = AccessCheck(
            client: client,
            account: options.webhookServiceAccount,
            readsNamespaces: options.readsNamespaces
        )
        let findings = try await report.attempt(.access) { () async throws(KubernetesError) in
            try await access.findings(webhook, endpoints)
        }
        report.add(findings ?? [])
    }

    private func readConfigurations() async throws(KubernetesError) -> [MutatingWebhookConfiguration] {
        try await ObjectPages(.mutatingWebhookConfigurations, client: client).reduce(into: []) {
            $0.append(MutatingWebhookConfiguration($1))
        }
    }

    /// Nil if the webhook does not refer to a Service, or if that cannot be read.
    private func examineEndpoints(
        of webhook: MutatingWebhookConfiguration.Webhook?,
        _ report: inout Report
    ) async throws(KubernetesError) -> ServiceEndpoints? {
        guard case .service(let service, _, _) = webhook?.target else { return nil }
        let endpoints = try await report.attempt(.endpoints) { () async throws(KubernetesError) in
            try await ServiceEndpoints.read(service, client: client)
        }
        guard let endpoints else { return nil }
        report.add([ServiceEndpoints.finding(endpoints, service)])
        return endpoints
    }

    /// Checks the certificate against each of the webhooks' CA bundles.
    private func examineCertificate(
        _ webhooks: [MutatingWebhookConfiguration.Webhook],
        _ endpoints: ServiceEndpoints?,
        _ report: inout Report
    ) async {
        var bundles: Set<String> = []
        let distinct = webhooks.filter { bundles.insert($0.caBundle).inserted }
        for webhook in distinct {
            let check = CertificateCheck(
                configuration: options.webhookConfiguration,
                webhook: webhook,
                isNamed: distinct.count > 1,
                endpoints: endpoints,
                override: options.connect.map { ServiceEndpoints.Address(host: $0.host, port: $0.port) },
                group: group,
                now: now
            )
            report.add(await check.findings())
        }
    }
}
