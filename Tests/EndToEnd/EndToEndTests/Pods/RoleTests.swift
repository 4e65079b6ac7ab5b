import Foundation
import Kubernetes
import TestPrograms
import TestSupport
import Testing

@testable import Diagnosis

extension EndToEnd {
    /// The way from a ServiceAccount's annotation to a pod with its role.
    @Suite struct RoleTests {
        @Test(arguments: Installation.Registration.allCases)
        func `All containers of a pod get the role of its ServiceAccount`(
            registration: Installation.Registration
        ) async throws {
            try await Installation.with(registration) { installation in
                try await installation.createServiceAccount("reports", role: "reports")
                _ = try await installation.dryRun(Manifest.pod(serviceAccount: "reports"), untilRole: "reports")

                let pod = try await installation.create(Manifest.pod(serviceAccount: "reports"))
                #expect(Identity.all(in: pod) == Array(repeating: .expected(role: "reports"), count: 3))
                #expect(pod["spec"]["containers"][0]["env"][0]["name"].string == "GREETING")
                #expect(
                    Identity.projectedToken(in: pod)
                        == .object([
                            "audience": .string("sts.amazonaws.com"), "expirationSeconds": .integer(86400),
                            "path": .string("token"),
                        ])
                )
            }
        }

        @Test(arguments: Installation.Registration.allCases)
        func `Pods without a role or with the skip label remain unchanged`(
            registration: Installation.Registration
        ) async throws {
            try await Installation.with(registration) { installation in
                try await installation.createServiceAccount("plain", role: nil)
                try await installation.createServiceAccount("reports", role: "reports")
                _ = try await installation.dryRun(Manifest.pod(serviceAccount: "reports"), untilRole: "reports")

                for pod in [
                    Manifest.pod("plain", serviceAccount: "plain"),
                    Manifest.pod("default", serviceAccount: "default"),
                    Manifest.pod(
                        "skipped",
                        serviceAccount: "reports",
                        labels: "{eks.amazonaws.com/skip-pod-identity-webhook: \"true\"}"
                    ),
                ] {
                    let created = try await installation.create(pod)
                    #expect(Identity.all(in: created) == [nil, nil, nil])
                    #expect(created["spec"]["volumes"] == .null)
                }
            }
        }

        @Test func `A role that is added, changed or removed takes effect for the next pod`() async throws {
            try await Installation.with(as: .watcher) { installation in
                let lists = try installation.controlPlane.listsOfServiceAccounts(by: installation.user).count
                try await installation.createServiceAccount("reports", role: nil)
                let pod = Manifest.pod(serviceAccount: "reports")
                _ = try await installation.dryRun(pod, untilRole: nil)
                try await installation.annotate(serviceAccount: "reports", role: "added")
                _ = try await installation.dryRun(pod, untilRole: "added")
                try await installation.annotate(serviceAccount: "reports", role: "changed")
                _ = try await installation.dryRun(pod, untilRole: "changed")
                try await installation.controlPlane.kubectl([
                    "annotate", "serviceaccount", "reports", "-n", installation.namespace,
                    "eks.amazonaws.com/role-arn-",
                ])
                _ = try await installation.dryRun(pod, untilRole: nil)
                // The watch delivered the changes, so no further list was needed.
                #expect(try installation.controlPlane.listsOfServiceAccounts(by: installation.user).count == lists)
            }
        }

        @Test func `A recreated ServiceAccount has its new role, or none`() async throws {
            try await Installation.with(as: .watcher) { installation in
                let pod = Manifest.pod(serviceAccount: "reports")
                for role in ["first", "second", nil] {
                    try await installation.createServiceAccount("reports", role: role)
                    _ = try await installation.dryRun(pod, untilRole: role)
                    try await installation.controlPlane.kubectl([
                        "delete", "serviceaccount", "reports", "-n", installation.namespace,
                    ])
                }
            }
        }

        @Test func `Airflow's three ServiceAccounts share a role, and the pods of each get it`() async throws {
            let components = ["scheduler", "webserver", "worker"]
            try await Installation.with { installation in
                for component in components {
                    try await installation.createServiceAccount("airflow-\(component)", role: "airflow")
                }
                for component in components {
                    let manifest = Manifest.pod(component, serviceAccount: "airflow-\(component)")
                    _ = try await installation.dryRun(manifest, untilRole: "airflow")
                    let pod = try await installation.create(manifest)
                    #expect(Identity.all(in: pod) == Array(repeating: .expected(role: "airflow"), count: 3))
                }
            }
        }
    }
}
