import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// Pods that were written by hand as each cloud documents it: that this is what the SDKs read.
    @Suite struct HandWrittenPodTests {
        @Test func `Each SDK finds its cloud's variables and files in a pod, and shows its cloud the right token`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            let namespace = try await controlPlane.makeNamespace("handwritten")
            try await controlPlane.kubectl(["create", "serviceaccount", "reader", "-n", namespace])
            let pod = try await controlPlane.create(Fixtures.text("Containers/every-cloud.yaml"), namespace: namespace)
            let run = try await LocalContainer("main", of: pod, on: controlPlane).call(CloudSDK.allCases)
            for sdk in CloudSDK.allCases {
                #expect(run.result(of: sdk)["error"] == .null, "\(sdk): \(run.result(of: sdk)["trace"].string ?? "")")
                let tokens = run.tokens(shownTo: sdk)
                #expect(!tokens.isEmpty, "\(sdk)")
                for token in tokens { #expect(token == (try .accepted(for: sdk.audience, of: pod)), "\(sdk)") }
            }
        }
    }
}
