import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// A pod with identities of several clouds, and the clouds' real SDKs in its containers.
    @Suite struct SeveralCloudsTests {
        @Test(arguments: CloudIdentities.providerOrders)
        func `A pod with AWS, Google and Azure identities works with all their SDKs, in every provider order`(
            providers: String
        ) async throws {
            try await Installation.with(flags: CloudIdentities.flags + ["--providers=\(providers)"]) { installation in
                let pod = try await pod(in: installation)
                let container = try await LocalContainer("main", of: pod, on: installation.controlPlane)
                try CloudIdentities.verify(try await container.call(CloudIdentities.clouds), of: pod)
            }
        }

        @Test(arguments: ["aa-before", "zz-after"])
        func `A container that another webhook adds works with all SDKs, whichever webhook is called first`(
            name: String
        ) async throws {
            let flags = CloudIdentities.flags + ["--providers=aws,google,azure"]
            try await Installation.with(.service, flags: flags) { installation in
                try await OtherWebhook.injector.with(name: name, beside: installation) {
                    let pod = try await pod(in: installation, withContainer: "injected")
                    for name in ["setup", "injected"] {
                        let container = try await LocalContainer(name, of: pod, on: installation.controlPlane)
                        try CloudIdentities.verify(try await container.call(CloudIdentities.clouds), of: pod)
                    }
                    // There are no duplicates.
                    let volumes = pod["spec"]["volumes"].elements.compactMap { $0["name"].string }
                    #expect(Set(volumes).count == volumes.count, "\(volumes)")
                    for container in pod["spec"]["containers"].elements {
                        let names = container["env"].elements.compactMap { $0["name"].string }
                        #expect(Set(names).count == names.count, "\(names)")
                    }
                }
            }
        }

        private func pod(in installation: Installation, withContainer name: String = "main") async throws -> APIObject {
            _ = try await installation.create(CloudIdentities.serviceAccount())
            let variables: Set = ["AWS_ROLE_ARN", "GOOGLE_APPLICATION_CREDENTIALS", "AZURE_FEDERATED_TOKEN_FILE"]
            return try await installation.create(CloudIdentities.pod(), until: variables, in: name)
        }
    }
}
