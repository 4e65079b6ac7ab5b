import TestNetwork
import TestSupport

/// The endpoints of Fixtures/Containers/clouds.py.
package enum LocalClouds {
    /// The hosts that the SDKs call. Those with a region or an account are the ones that the tests use.
    static let hosts = [
        "sts.eu-central-1.aliyuncs.com", "sts-vpc.eu-central-1.aliyuncs.com", "api.anthropic.com",
        "sts.eu-central-1.amazonaws.com", "sts.amazonaws.com", "login.microsoftonline.com",
        "login.microsoftonline.us", "login.chinacloudapi.cn", "token-proxy.example.com",
        "example.cloud.databricks.com", "sts.googleapis.com", "iamcredentials.googleapis.com",
        "cloudresourcemanager.googleapis.com", "iam.myhuaweicloud.com", "iam.cloud.ibm.com",
        "example.snowflakecomputing.com", "sts.tencentcloudapi.com", "vault.example.com",
    ]

    /// The CA of their certificates in PEM, which is the only one that containers trust. It is the same for all tests
    /// of this process, so that it can also be put into a ConfigMap before a pod is created.
    package static var authority: String {
        get throws { String(decoding: try identity.get().root.certificate, as: UTF8.self) }
    }

    /// The settings of clouds.py.
    /// - Parameter audiences: The audiences by cloud.
    static func settings(
        audiences: [CloudSDK: String],
        subject: String,
        issuer: APIObject,
        keys: APIObject
    ) throws -> APIObject {
        let leaf = try identity.get().leaf
        let trusted = audiences.map { ($0.key.rawValue, APIObject.string($0.value)) }
        return .object([
            "audiences": .object(Dictionary(uniqueKeysWithValues: trusted)), "subject": .string(subject),
            "issuer": issuer, "keys": keys,
            "certificate": .string(leaf.certificatePath), "key": .string(leaf.keyPath),
        ])
    }

    private static let identity = Result {
        let authority = try TestCertificates(commonName: "clouds")
        ProcessGuardian.shared.remove(folder: authority.directory.path)
        return (authority: authority, root: authority.root, leaf: try authority.issue(dnsNames: hosts))
    }
}
