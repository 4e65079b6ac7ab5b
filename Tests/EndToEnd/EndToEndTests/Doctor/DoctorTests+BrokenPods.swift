import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd.DoctorTests {
    @Test func `doctor finds pods that cannot use their identity although the webhook was called for them`()
        async throws
    {
        try await Installation.with(.service) { installation in
            let kubeconfig = try await installation.doctorKubeconfig()
            let namespace = installation.namespace
            try await breakPods(installation)
            let run = try await installation.doctor(kubeconfig: kubeconfig)
            #expect(run.status == 1, "\(run)")
            let (old, new) = (Installation.roleARN("old"), Installation.roleARN("new"))
            for (pod, code, status, words) in [
                ("changed", "other_identity", "problem", "AWS_ROLE_ARN is \"\(old)\" instead of \"\(new)\""),
                ("copied", "other_identity", "problem", "container main without \(Installation.roleARN("copied"))"),
                ("conflict", "mount_conflict", "problem", "another volume is mounted at \(Identity.mountPath)"),
                ("partial", "token_unreachable", "problem", "AWS_WEB_IDENTITY_TOKEN_FILE is not set"),
                (
                    "keys", "own_credentials", "warning",
                    "container main: sets AWS_ACCESS_KEY_ID, which SDKs use instead"
                ),
                ("typo", "malformed_role", "problem", "the role's account has 11 digits instead of 12"),
                ("late", "webhook_did_not_answer", "problem", "got the role, whose time is not recorded, or"),
            ] {
                let finding = run.finding(code, "\(namespace)/\(pod)")
                #expect(finding["status"].string == status, "\(pod): \(run)")
                #expect(finding["message"].string?.contains(words) ?? false, "\(pod): \(finding)")
            }
            let tally = run.finding("pod_injected", namespace)["message"].string ?? ""
            #expect(tally.hasPrefix("2 of 8 pods"), "keys and meant: \(tally)")
            for name in ["meant", "keys"] {
                let explained = try await installation.doctor("--pod", name, kubeconfig: kubeconfig)
                let code = name == "meant" ? "pod_injected" : "own_credentials"
                #expect(explained.finding(code, "\(namespace)/\(name)") != .null, "\(explained)")
            }
            let accounts = run.findings.filter { $0["check"].string == "serviceAccounts" }
            let malformed = accounts.first { $0["code"].string == "malformed_role" }
            #expect(malformed?["subject"].string == "\(namespace)/typo", "\(run)")
            let injected = accounts.first { $0["subject"].string == "\(namespace)/changed" }
            let claims = "sub system:serviceaccount:\(namespace):changed and aud sts.amazonaws.com"
            #expect(injected?["message"].string?.contains(claims) ?? false, "\(run)")
        }
    }

    /// Each pod uses a ServiceAccount of the same name.
    private func breakPods(_ installation: Installation) async throws {
        for (account, role) in [
            ("changed", "old"), ("copied", "copied"), ("conflict", "conflict"), ("partial", "partial"),
            ("keys", "keys"),
            ("meant", "meant"), ("late", nil),
        ] {
            try await installation.createServiceAccount(account, role: role)
        }
        try await installation.controlPlane.kubectl([
            "create", "serviceaccount", "typo", "-n", installation.namespace,
        ])
        try await installation.controlPlane.kubectl([
            "annotate", "serviceaccount", "typo", "-n", installation.namespace,
            "eks.amazonaws.com/role-arn=arn:aws:iam::11112222333:role/typo",
        ])
        _ = try await installation.create(Self.pod("late"))
        try await installation.annotate(serviceAccount: "late", role: "late")
        let changed = try await installation.create(Self.pod("changed"))
        #expect(Identity.all(in: changed) == [.expected(role: "old")])
        try await installation.annotate(serviceAccount: "changed", role: "new")
        let copy = Installation.roleARN("elsewhere")
        let variables =
            "{name: AWS_ROLE_ARN, value: \(copy)}, "
            + "{name: AWS_WEB_IDENTITY_TOKEN_FILE, value: \(Identity.mountPath)/token}"
        for manifest in [
            Self.pod("copied", env: variables, volume: Self.token, isMounted: true),
            Self.pod("conflict", volume: "{name: own, emptyDir: {}}", isMounted: true),
            Self.pod("partial", env: "{name: AWS_ROLE_ARN, value: \(Installation.roleARN("partial"))}"),
            Self.pod("keys", env: "{name: AWS_ACCESS_KEY_ID, value: k}"),
            Self.pod("meant", env: "{name: AWS_PROFILE, value: p}", annotations: "{\(Self.acknowledge): main}"),
            Self.pod("typo"),
        ] {
            _ = try await installation.create(manifest)
        }
    }

    private static let acknowledge = "eks.amazonaws.com/acknowledge-warnings"

    /// The token volume that the webhook adds.
    private static let token =
        "{name: aws-iam-token, projected: {sources: [{serviceAccountToken: {audience: sts.amazonaws.com, path: token}}]}}"

    /// - Parameter isMounted: Whether the container mounts the volume at the token's path.
    private static func pod(
        _ name: String,
        env: String = "",
        volume: String = "{name: own, emptyDir: {}}",
        isMounted: Bool = false,
        annotations: String = "{}"
    ) -> String {
        let volumeName = volume.contains("aws-iam-token") ? "aws-iam-token" : "own"
        let mounts = isMounted ? "[{name: \(volumeName), mountPath: \(Identity.mountPath)}]" : "[]"
        return """
            apiVersion: v1
            kind: Pod
            metadata: {name: \(name), annotations: \(annotations)}
            spec:
              serviceAccountName: \(name)
              automountServiceAccountToken: false
              volumes: [\(volume)]
              containers: [{name: main, image: example, env: [\(env)], volumeMounts: \(mounts)}]
            """
    }
}
