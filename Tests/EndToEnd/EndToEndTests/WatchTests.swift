import Foundation
import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    /// The webhook's view of the ServiceAccounts under difficult conditions.
    @Suite struct WatchTests {
        @Test func `The webhook stays ready while the API server is down, and sees changes afterwards`()
            async throws
        {
            try await Installation.with(as: .watcher) { installation in
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

        @Test func `Two thousand ServiceAccounts are read in pages or as a stream, and each gets its role`()
            async throws
        {
            let controlPlane = try await ControlPlane.shared()
            do {
                try await Installation.with(
                    as: .watcher,
                    prepare: { controlPlane, namespace in
                        await controlPlane.stopControllerManager()
                        try await createMany(2000, in: namespace, of: controlPlane)
                    },
                    { try await checkMany(in: $0) }
                )
            } catch {
                try? await controlPlane.startControllerManager()
                throw error
            }
            try await controlPlane.startControllerManager()
        }

        private func checkMany(in installation: Installation) async throws {
            // The webhook is ready, but may still be reading pages.
            for number in 0..<3 {
                try await installation.createServiceAccount("late-\(number)", role: "late-\(number)")
                let pod = try await installation.create(Manifest.pod(serviceAccount: "late-\(number)"), dryRun: true)
                #expect(Identity.all(in: pod) == Array(repeating: .expected(role: "late-\(number)"), count: 3))
            }
            for number in [0, 1, 499, 500, 501, 1000, 1999] {
                let manifest = Manifest.pod(serviceAccount: "bulk-\(number)")
                let pod = try await installation.create(manifest, dryRun: true)
                #expect(Identity.all(in: pod) == Array(repeating: .expected(role: "bulk-\(number)"), count: 3))
            }
            let lists = try installation.controlPlane.listsOfServiceAccounts(by: installation.user)
            if lists.last?.contains("sendInitialEvents=true") == false {
                let cached = try #require(lists.lastIndex { $0.contains("resourceVersion=0") })
                #expect(lists[cached - 1].contains("limit=500"), "the first page precedes the cached list")
                // 500 per page, plus those that every cluster has; no further pages if the cached list is as new as the
                // first page.
                let pages = lists[(cached + 1)...]
                #expect([false, true, true, true, true].starts(with: pages.map { $0.contains("continue=") }))
                #expect(pages.allSatisfy { $0.contains("limit=500") })
            }
            // Deletes them before token Secrets can be created for them.
            try await installation.controlPlane.kubectl([
                "delete", "--raw", "/api/v1/namespaces/\(installation.namespace)/serviceaccounts",
            ])
        }

        /// Creates ServiceAccounts bulk-0, bulk-1 and so on, with roles of the same names.
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
    }
}
