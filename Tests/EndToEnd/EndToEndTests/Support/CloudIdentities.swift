import TestPrograms
import TestSupport
import Testing

/// The ServiceAccount `reader` with an AWS, a Google and an Azure identity, and what their SDKs do with it.
enum CloudIdentities {
    static let clouds: [CloudSDK] = [.aws, .google, .azure]

    static let providerOrders = [
        "aws,google,azure", "aws,azure,google", "google,aws,azure", "google,azure,aws", "azure,aws,google",
        "azure,google,aws",
    ]

    static let flags = ["--aws-default-region=eu-central-1", "--azure-tenant-id=\(tenant)"]

    private static let tenant = "11111111-1111-1111-1111-111111111111"
    static let client = "22222222-2222-2222-2222-222222222222"
    static let email = "reader@example.iam.gserviceaccount.com"
    private static let googleProvider = "projects/1/locations/global/workloadIdentityPools/pool/providers/cluster"

    /// - Parameter google: The Google annotations without their prefix.
    static func serviceAccount(google: [String: String] = ["service-account-email": email]) -> String {
        let more = google.map { "cloud.google.com/\($0.key): \"\($0.value)\"" }.sorted().joined(separator: "\n    ")
        return """
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: reader
              annotations:
                eks.amazonaws.com/role-arn: \(Installation.roleARN("reader"))
                azure.workload.identity/client-id: \(client)
                cloud.google.com/workload-identity-provider: \(googleProvider)
                \(more)
            """
    }

    /// A pod with the label that Azure requires.
    /// - Parameter annotations: YAML on one line.
    static func pod(annotations: String? = nil) -> String {
        Manifest.pod(
            serviceAccount: "reader",
            labels: #"{azure.workload.identity/use: "true"}"#,
            annotations: annotations
        )
    }

    /// Checks that the SDKs got the credentials of `reader`, for valid tokens.
    static func verify(
        _ run: ContainerRun,
        of pod: APIObject,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let (aws, google, azure) = (run.result(of: .aws), run.result(of: .google), run.result(of: .azure))
        #expect(
            aws["arn"].string == "\(Installation.roleARN("reader"))/session",
            "\(run)",
            sourceLocation: sourceLocation
        )
        #expect(google["token"].string == "google-\(email)", "\(run)", sourceLocation: sourceLocation)
        #expect(azure["token"].string == "azure-\(client)", "\(run)", sourceLocation: sourceLocation)
        #expect(azure["default"].string == "azure-\(client)", "\(run)", sourceLocation: sourceLocation)
        for cloud in clouds {
            let expected = try ShownToken.accepted(for: cloud.audience, of: pod)
            let tokens = run.tokens(shownTo: cloud)
            #expect(!tokens.isEmpty && tokens.allSatisfy { $0 == expected }, "\(run)", sourceLocation: sourceLocation)
        }
        #expect(run.calls(to: .azure).allSatisfy { $0["tenant"].string == tenant }, sourceLocation: sourceLocation)
        #expect(
            run.calls(to: .google).allSatisfy { $0["provider"].string == "//iam.googleapis.com/\(googleProvider)" },
            sourceLocation: sourceLocation
        )
    }
}

extension Installation {
    /// Creates a pod as soon as the webhook knows enough of its ServiceAccount to give a container these variables.
    func create(
        _ manifest: String,
        until variables: Set<String>,
        in container: String = "main"
    ) async throws -> APIObject {
        try await eventually("a pod with \(variables.sorted())", log: logs) {
            let trial = try await create(manifest, dryRun: true)
            let names = trial["spec"]["containers"].named(container)["env"].elements.compactMap { $0["name"].string }
            guard variables.isSubset(of: names) else {
                throw ControlPlaneError.unexpected("\(container) has \(names)")
            }
            return try await create(manifest)
        }
    }
}
