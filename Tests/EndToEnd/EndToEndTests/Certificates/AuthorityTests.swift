import Foundation
import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// The API server's CA is replaced while the webhook runs.
    @Suite struct AuthorityTests {
        @Test func `The webhook trusts a new CA of the API server once its kubeconfig contains it, without a restart`()
            async throws
        {
            let controlPlane = try await ControlPlane.start(name: "authority")
            do {
                try await Installation.with(on: controlPlane, as: .watcher) { try await exchange(in: $0) }
            } catch {
                await controlPlane.stop()
                throw error
            }
            await controlPlane.stop()
        }

        private func exchange(in installation: Installation) async throws {
            let controlPlane = installation.controlPlane
            let old = try String(contentsOfFile: installation.kubeconfig, encoding: .utf8)
            try await installation.createServiceAccount("reports", role: "before")
            let pod = Manifest.pod(serviceAccount: "reports")
            _ = try await installation.dryRun(pod, untilRole: "before")

            try await controlPlane.exchangeAuthority()
            try await eventually("the webhook to refuse the new certificate", log: installation.logs) {
                installation.webhook.log.contains("was not accepted")
            }
            try await installation.annotate(serviceAccount: "reports", role: "after")
            let kept = try await installation.create(pod, dryRun: true)
            #expect(Identity.all(in: kept) == Array(repeating: .expected(role: "before"), count: 3))

            let field = "certificate-authority-data: "
            let authority = try Data(contentsOf: URL(fileURLWithPath: controlPlane.authorityFile))
            let lines = old.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                guard let range = line.range(of: field) else { return String(line) }
                return line[..<range.upperBound] + authority.base64EncodedString()
            }
            try lines.joined(separator: "\n").write(
                toFile: installation.kubeconfig,
                atomically: true,
                encoding: .utf8
            )
            _ = try await installation.dryRun(pod, untilRole: "after")
        }
    }
}
