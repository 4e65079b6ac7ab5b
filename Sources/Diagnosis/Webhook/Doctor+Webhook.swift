internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import PodIdentity

extension Doctor {
    /// What is known about the webhook before its flags are known.
    struct Survey {
        /// Nil if they may not be read.
        var configurations: [MutatingWebhookConfiguration]?
        /// Nil if the webhook does not refer to a Service, or if that cannot be read.
        var endpoints: ServiceEndpoints?
        /// Nil if the Service has no pods, or if they may not be read.
        var running: RunningWebhook?

        func configuration(_ name: String) -> MutatingWebhookConfiguration? {
            configurations?.first { $0.name == name }
        }
    }

    func survey(_ report: inout Report) async throws(KubernetesError) -> Survey {
        var survey = Survey()
        survey.configurations = try await report.attempt(.registration, readConfigurations)
        let configuration = survey.configuration(options.webhookConfiguration)
        guard let configuration, case .service(let service, _, let port) = configuration.podWebhook?.target else {
            return survey
        }
        let found = try await report.attempt(.endpoints) { () async throws(KubernetesError) in
            try await ServiceEndpoints.read(service, port: port, client: client)
        }
        guard let found else { return survey }
        report.add([ServiceEndpoints.finding(found, service, repair: configuration.repairCommand())])
        survey.endpoints = found
        guard let endpoints = found else { return survey }
        survey.running =
            try await report.attempt(.flags) { () async throws(KubernetesError) in
                try await RunningWebhook.read(service, endpoints, client)
            } ?? nil
        return survey
    }

    private func readConfigurations() async throws(KubernetesError) -> [MutatingWebhookConfiguration] {
        try await ObjectPages(.mutatingWebhookConfigurations, client: client).reduce(into: []) {
            $0.append(MutatingWebhookConfiguration($1))
        }
    }

    func examineWebhook(
        _ survey: Survey,
        _ setup: DoctorSetup,
        _ report: inout Report
    ) async throws(KubernetesError) {
        guard let configurations = survey.configurations else { return }
        let registration = RegistrationCheck(
            name: options.webhookConfiguration,
            annotationPrefix: setup.annotationPrefix,
            clouds: Set(setup.providers.cloudNames(setup.configurations))
        )
        report.add(registration.findings(configurations))
        guard let configuration = survey.configuration(options.webhookConfiguration) else { return }
        try await examineCertificate(configuration, survey.endpoints, &report)
        try await examineAccess(configuration, survey, setup, &report)
    }

    private func examineAccess(
        _ configuration: MutatingWebhookConfiguration,
        _ survey: Survey,
        _ setup: DoctorSetup,
        _ report: inout Report
    ) async throws(KubernetesError) {
        // A webhook that a control plane runs has no ServiceAccount.
        guard let account = options.webhookServiceAccount ?? survey.running?.serviceAccount else {
            if configuration.origin != .controlPlane { report.add([AccessCheck.unknownAccount]) }
            return
        }
        var rights = setup.rights
        if configuration.origin == .other {
            // The webhook may be Amazon's, which has the same flags, but does not do this.
            (rights.writesEvents, rights.certificates) = (false, nil)
        }
        let check = AccessCheck(client: client, rights: rights, configuration: configuration)
        let findings = try await report.attempt(.access) { () async throws(KubernetesError) in
            try await check.findings(account)
        }
        report.add(findings ?? [])
    }

    /// Checks the certificate against each of the webhooks' CA bundles.
    private func examineCertificate(
        _ configuration: MutatingWebhookConfiguration,
        _ endpoints: ServiceEndpoints?,
        _ report: inout Report
    ) async throws(KubernetesError) {
        var bundles: Set<String> = []
        let distinct = configuration.ownWebhooks.filter { bundles.insert($0.caBundle).inserted }
        if configuration.origin == .controlPlane, options.connect == nil {
            for webhook in distinct {
                let check = HostedBundleCheck(configuration: configuration.name, webhook: webhook)
                report.add([check.finding(try await clusterAuthorities())])
            }
            return
        }
        for webhook in distinct {
            let check = CertificateCheck(
                configuration: configuration,
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

    /// The certificates with which pods authenticate the API server, in PEM; nil if they cannot be read.
    private func clusterAuthorities() async throws(KubernetesError) -> [UInt8]? {
        do {
            let response = try await client.get("/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt")
            return try response.parse { ObjectView($0).data("ca.crt") }
        } catch {
            guard case .refused(let status) = error, status.code != 401 else { throw error }
            return nil
        }
    }
}
