import Foundation
import TestSupport
import Testing

extension EndToEnd {
    /// The webhook's view of the ServiceAccounts, when it is hard to have one.
    @Suite struct WatchTests {
        @Test func `The webhook stays ready while the API server is away, and sees what changes afterwards`()
            async throws
        {
            try await Installation.with { installation in
                let pod = Manifest.pod(serviceAccount: "reports")
                try await installation.createServiceAccount("reports", role: "before")
                _ = try await installation.dryRun(pod, untilRole: "before")

                await installation.controlPlane.killAPIServer()
                #expect(try await installation.webhook.readiness().status == 200)
                try await installation.controlPlane.startAPIServer()
                #expect(try await installation.webhook.readiness().status == 200)

                let kept = try await installation.create(pod, dryRun: true)
                #expect(Identity.all(in: kept) == Array(repeating: .expected(role: "before"), count: 3))
                try await installation.annotate(serviceAccount: "reports", role: "after")
                _ = try await installation.dryRun(pod, untilRole: "after")
            }
        }

        /// The account may list and watch, but not get: what the webhook knows, it knows from the pages.
        @Test func `Two thousand ServiceAccounts are read in pages, and each has its role`() async throws {
            let controlPlane = try await ControlPlane.shared()
            let home = try await controlPlane.makeNamespace("lister")
            try await allowListing(controlPlane, namespace: home)
            do {
                try await Installation.with(
                    serviceAccount: (home, "default"),
                    prepare: { controlPlane, namespace in
                        await controlPlane.stopControllerManager()
                        try await createMany(2000, in: namespace, of: controlPlane)
                    },
                    { installation in
                        for number in [0, 1, 499, 500, 501, 1000, 1999] {
                            let pod = try await installation.create(
                                Manifest.pod(serviceAccount: "bulk-\(number)"),
                                dryRun: true
                            )
                            let expected = Identity.expected(role: "bulk-\(number)")
                            #expect(Identity.all(in: pod) == Array(repeating: expected, count: 3))
                        }
                        // Sooner than token Secrets could be made for them.
                        try await controlPlane.kubectl([
                            "delete", "--raw", "/api/v1/namespaces/\(installation.namespace)/serviceaccounts",
                        ])
                    }
                )
            } catch {
                try? await controlPlane.startControllerManager()
                throw error
            }
            try await controlPlane.startControllerManager()

            let pages = try listRequests(of: "system:serviceaccount:\(home):default", in: controlPlane)
            #expect(pages.count { $0.contains("continue=") } >= 4, "\(pages)")
            #expect(pages.allSatisfy { $0.contains("limit=500") }, "\(pages)")
        }

        private func allowListing(_ controlPlane: ControlPlane, namespace: String) async throws {
            try await controlPlane.kubectl([
                "create", "clusterrole", namespace, "--verb=list,watch", "--resource=serviceaccounts",
            ])
            try await controlPlane.kubectl([
                "create", "clusterrolebinding", namespace, "--clusterrole=\(namespace)",
                "--serviceaccount=\(namespace):default",
            ])
        }

        /// ServiceAccounts bulk-0, bulk-1 and so on, with roles of the same names.
        private func createMany(_ count: Int, in namespace: String, of controlPlane: ControlPlane) async throws {
            let chunk = 500
            try await withThrowingTaskGroup(of: Void.self) { group in
                for start in stride(from: 0, to: count, by: chunk) {
                    let manifest = (start..<min(start + chunk, count))
                        .map { Manifest.serviceAccount("bulk-\($0)", role: "bulk-\($0)") }
                        .joined(separator: "\n---\n")
                    group.addTask {
                        try await controlPlane.kubectl(["create", "-n", namespace, "-f", "-"], input: manifest)
                    }
                }
                try await group.waitForAll()
            }
        }

        /// The addresses of the successful list requests that a user made for ServiceAccounts, in their order.
        private func listRequests(of user: String, in controlPlane: ControlPlane) throws -> [String] {
            let log = try String(contentsOfFile: controlPlane.auditLog, encoding: .utf8)
            var addresses: [String] = []
            for line in log.split(separator: "\n") where line.contains(user) {
                let event = try APIObject(json: String(line))
                guard event["user"]["username"].string == user, event["verb"].string == "list",
                    event["responseStatus"]["code"].integer == 200, let address = event["requestURI"].string
                else { continue }
                addresses.append(address)
            }
            return addresses
        }
    }
}
