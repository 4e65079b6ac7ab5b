/// The result of examining one object, and what to do about it.
package struct Finding: Equatable, Sendable {
    package enum Status: String, CaseIterable, Sendable {
        case ok
        /// It works, but may stop working, or does not always work.
        case warning
        /// Because of this, pods do not get their identity.
        case problem
        /// It could not be examined.
        case unknown
    }

    /// The sections of a report, in order.
    package enum Check: String, CaseIterable, Sendable {
        case registration
        case endpoints
        case certificate
        case flags
        case access
        case serviceAccounts
        case trust
        case pods
        case issuer
        case roles
    }

    /// What was found, as a code for programs. The codes do not change.
    package enum Code: String, CaseIterable, Sendable {
        // Registration
        case registered
        case notRegistered = "not_registered"
        case podsNotCovered = "pods_not_covered"
        case notReinvoked = "not_reinvoked"
        case ephemeralContainersNotCovered = "ephemeral_containers_not_covered"
        case serviceAccountsNotCovered = "service_accounts_not_covered"
        case otherWebhook = "other_webhook"
        case policyInstalled = "policy_installed"
        case policyNotInstalled = "policy_not_installed"
        case policyUnsupported = "policy_unsupported"
        case policyNotBound = "policy_not_bound"
        case policyDiffers = "policy_differs"

        // Endpoints
        case endpointsReady = "endpoints_ready"
        case serviceNotFound = "service_not_found"
        case servicePortNotFound = "service_port_not_found"
        case noReadyEndpoints = "no_ready_endpoints"

        // Certificate
        case certificateVerified = "certificate_verified"
        case noCABundle = "no_ca_bundle"
        case unreadableCABundle = "unreadable_ca_bundle"
        case staleCABundle = "stale_ca_bundle"
        case certificateRejected = "certificate_rejected"
        case certificateExpired = "certificate_expired"
        case certificateExpiresSoon = "certificate_expires_soon"
        case handshakeFailed = "handshake_failed"
        case webhookUnreachable = "webhook_unreachable"

        // Flags
        case flagsRead = "flags_read"
        case flagsUnreadable = "flags_unreadable"
        case flagsDiffer = "flags_differ"
        case configurationUnreadable = "configuration_unreadable"

        // Access
        case accessGranted = "access_granted"
        case accessDenied = "access_denied"
        case webhookAccountUnknown = "webhook_account_unknown"
        /// The API server refused a request that `doctor` made for its own purposes.
        case requestRefused = "request_refused"

        // What to examine
        case namespaceNotFound = "namespace_not_found"
        case serviceAccountNotFound = "service_account_not_found"

        // ServiceAccounts, by a dry run
        case noRoles = "no_roles"
        case dryRunInjected = "dry_run_injected"
        case dryRunWarned = "dry_run_warned"
        case dryRunRefused = "dry_run_refused"
        case dryRunUnsupported = "dry_run_unsupported"
        case injectionRefused = "injection_refused"
        case dryRunsStopped = "dry_runs_stopped"
        case webhookFailed = "webhook_failed"
        case notInjected = "not_injected"
        case tokenGranted = "token_granted"
        case tokenShortened = "token_shortened"
        case tokenRefused = "token_refused"

        // ServiceAccounts and pods
        case namespaceExcluded = "namespace_excluded"
        case objectExcluded = "object_excluded"
        case malformedRole = "malformed_role"

        case malformedIdentity = "malformed_identity"
        case podDenied = "pod_denied"

        // Trust policies
        case trustAllowed = "trust_allowed"
        case trustTooWide = "trust_too_wide"
        case trustNotAllowed = "trust_not_allowed"
        case trustUndecided = "trust_undecided"
        case trustPolicyMissing = "trust_policy_missing"
        case trustPolicyUnreadable = "trust_policy_unreadable"
        case trustIssuerUnknown = "trust_issuer_unknown"

        // Pods
        case podInjected = "pod_injected"
        case podLeftAlone = "pod_left_alone"
        case ownCredentials = "own_credentials"
        case podNotFound = "pod_not_found"
        case podUndecided = "pod_undecided"
        case olderThanRole = "older_than_role"
        case olderThanRegistration = "older_than_registration"
        case webhookDidNotAnswer = "webhook_did_not_answer"
        case containersWithoutIdentity = "containers_without_identity"
        case otherIdentity = "other_identity"
        case mountConflict = "mount_conflict"
        case tokenUnreachable = "token_unreachable"

        // Issuer
        case issuerPublished = "issuer_published"
        case issuerUnknown = "issuer_unknown"
        case issuerNotPublic = "issuer_not_public"
        case issuerNotHTTPS = "issuer_not_https"
        case issuerHasPort = "issuer_has_port"
        case issuerUnreachable = "issuer_unreachable"
        case issuerDocumentUnusable = "issuer_document_unusable"
        case issuerMismatch = "issuer_mismatch"
        case issuerKeysUnusable = "issuer_keys_unusable"
        case issuerKeysDiffer = "issuer_keys_differ"
        case issuerKeysNotCompared = "issuer_keys_not_compared"
        case issuerCertificateUntrusted = "issuer_certificate_untrusted"
        case issuerCertificateRejected = "issuer_certificate_rejected"
        case issuerCertificateExpiresSoon = "issuer_certificate_expires_soon"

        // Roles, with --assume-roles
        case roleAssumed = "role_assumed"
        case roleNotTried = "role_not_tried"
        case roleProviderMissing = "role_provider_missing"
        case roleAudienceRefused = "role_audience_refused"
        case roleKeysUnreachable = "role_keys_unreachable"
        case roleKeyNotPublished = "role_key_not_published"
        case roleThumbprintRefused = "role_thumbprint_refused"
        case roleNotAuthorized = "role_not_authorized"
        case roleTokenExpired = "role_token_expired"
        case roleOfOtherPartition = "role_of_other_partition"
        case roleRegionDisabled = "role_region_disabled"
        case roleRefused = "role_refused"
        case stsThrottled = "sts_throttled"
        case stsUnavailable = "sts_unavailable"
    }

    package var check: Check
    package var status: Status
    package var code: Code
    /// The object, as `namespace/name` or `name`.
    package var subject: String
    package var message: String
    /// A shell command; nil if there is none, or none that can be shown safely.
    package var remedy: String?
    /// What to know in addition to the command, or what to do if there is no command for it.
    package var note: String?
    /// The cloud whose identity the finding is about; nil if it is about none, or if there is only one cloud.
    package var cloud: String?
    /// The pod that the finding is about, if it is about one that something creates.
    package var pod: Pod?

    /// What findings about pods of the same workload have in common, so that they can be shown as one.
    package struct Pod: Equatable, Sendable {
        package var name: String
        package var workload: Workload
        /// The part of the message that applies to every pod of the workload in this state: without times, for example.
        package var cause: String

        package init(_ name: String, of workload: Workload, cause: String) {
            self.name = name
            self.workload = workload
            self.cause = cause
        }
    }

    package init(
        _ check: Check,
        _ status: Status,
        _ code: Code,
        _ subject: String,
        _ message: String,
        remedy: Remedy? = nil,
        pod: Pod? = nil
    ) {
        self.check = check
        self.status = status
        self.code = code
        self.subject = subject
        self.message = message + (remedy?.shownReason ?? "")
        self.remedy = remedy?.shownCommand
        note = remedy?.shownNote
        self.pod = pod
    }
}

extension Finding {
    /// What findings about the same object have in common.
    struct Topic {
        private let check: Check
        private let subject: String
        private let cloud: String?

        /// - Parameter cloud: The cloud to name at the start of each message; nil for none.
        init(_ check: Check, _ subject: String, cloud: String? = nil) {
            self.check = check
            self.subject = subject
            self.cloud = cloud
        }

        func of(_ cloud: String?) -> Topic { Topic(check, subject, cloud: cloud) }

        func ok(_ code: Code, _ message: String) -> Finding { finding(.ok, code, message) }

        func warning(_ code: Code, _ message: String, remedy: Remedy? = nil) -> Finding {
            finding(.warning, code, message, remedy: remedy)
        }

        func problem(_ code: Code, _ message: String, remedy: Remedy? = nil) -> Finding {
            finding(.problem, code, message, remedy: remedy)
        }

        func unknown(_ code: Code, _ message: String, remedy: Remedy? = nil) -> Finding {
            finding(.unknown, code, message, remedy: remedy)
        }

        func finding(_ status: Status, _ code: Code, _ message: String, remedy: Remedy? = nil) -> Finding {
            let text = cloud.map { "\($0): \(message)" } ?? message
            var finding = Finding(check, status, code, subject, text, remedy: remedy)
            finding.cloud = cloud
            return finding
        }
    }
}
