import Foundation
import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// The token in the pod's volume, as the cloud sees it.
    @Suite struct TokenTests {
        @Test func `The token that a pod's volume requests is issued for its ServiceAccount and the audience`()
            async throws
        {
            try await Installation.with { installation in
                try await installation.createServiceAccount("reports", role: "reports")
                let manifest = Manifest.pod(serviceAccount: "reports")
                _ = try await installation.dryRun(manifest, untilRole: "reports")
                let pod = try await installation.create(manifest)
                let wanted = try #require(Identity.projectedToken(in: pod))
                let token = try await installation.controlPlane.token(for: pod, asking: wanted)
                let claims = try claims(of: token)
                #expect(claims["aud"] == .array([.string("sts.amazonaws.com")]))
                #expect(claims["sub"].string == "system:serviceaccount:\(installation.namespace):reports")
                #expect(claims["kubernetes.io"]["pod"]["name"] == pod["metadata"]["name"])
            }
        }

        /// The second part of a JSON Web Token (RFC 7519). It is not verified, because it comes from the API server
        /// itself.
        private func claims(of token: String) throws -> APIObject {
            let parts = token.split(separator: ".")
            try #require(parts.count == 3)
            var base64 = String(parts[1]).replacing("-", with: "+").replacing("_", with: "/")
            base64 += String(repeating: "=", count: (4 - base64.count % 4) % 4)
            let data = try #require(Data(base64Encoded: base64))
            return try APIObject(json: String(decoding: data, as: UTF8.self))
        }
    }
}
