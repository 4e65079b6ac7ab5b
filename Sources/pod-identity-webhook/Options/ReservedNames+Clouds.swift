internal import AWSIdentity
internal import AzureIdentity
internal import FederationProfiles
internal import GoogleIdentity

extension AWSSettings {
    /// What AWS' providers write into pods, so that no profile may.
    ///
    /// - Parameter credentials: Nil if EKS Pod Identity is not used.
    func reservedNames(_ credentials: EKSPodIdentitySettings?) -> ReservedNames {
        ReservedNames(
            owner: "AWS",
            profiles: ["aws"],
            variables: [
                "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_DEFAULT_REGION", "AWS_REGION",
                "AWS_STS_REGIONAL_ENDPOINTS", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            ],
            volumes: ["aws-iam-token"] + (credentials.map { [$0.tokenVolumeName] } ?? []),
            mounts: [tokenMountPath] + (credentials.map { [$0.tokenMountPath] } ?? []),
            annotationPrefixes: [annotationPrefix + "/"]
        )
    }
}

extension GoogleSettings {
    /// What Google's provider writes into pods, so that no profile may.
    var reservedNames: ReservedNames {
        ReservedNames(
            owner: "Google",
            profiles: ["google"],
            variables: [
                "GOOGLE_APPLICATION_CREDENTIALS", "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE", "CLOUDSDK_CONFIG",
                "CLOUDSDK_COMPUTE_REGION", "CLOUDSDK_CORE_PROJECT", "GOOGLE_CLOUD_PROJECT",
            ],
            volumes: ["gcp-iam-token", "external-credential-config", "gcloud-config"],
            mounts: [
                "/var/run/secrets/sts.googleapis.com/serviceaccount", "/var/run/secrets/workload-identity",
                "/var/run/secrets/gcloud/config",
            ],
            annotationPrefixes: [annotationPrefix + "/"]
        )
    }
}

extension AzureSettings {
    /// What Azure's provider writes into pods, so that no profile may.
    var reservedNames: ReservedNames {
        ReservedNames(
            owner: "Azure",
            profiles: ["azure"],
            variables: [
                "AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST",
                "AZURE_KUBERNETES_TOKEN_PROXY", "AZURE_KUBERNETES_SNI_NAME", "AZURE_KUBERNETES_CA_FILE",
                "AZURE_KUBERNETES_CA_DATA",
            ],
            volumes: ["azure-workload-identity-reserved-"],
            mounts: [tokenMountPath],
            annotationPrefixes: ["azure.workload.identity/"]
        )
    }
}
