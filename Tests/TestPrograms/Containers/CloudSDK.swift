import Foundation
import TestSupport

/// The SDKs from PyPI that can be called in a ``LocalContainer``, by the name of their cloud. The calls are in
/// Fixtures/Containers/sdks; the endpoint that receives the token is in Fixtures/Containers/clouds.py.
package enum CloudSDK: String, CaseIterable, Sendable {
    case alibaba
    case anthropic
    case aws
    case azure
    case databricks
    case google
    case huawei
    case ibm
    case snowflake
    case tencent
    case vault

    /// The audience that the cloud's endpoint trusts unless a test chooses another; an invented one if the cloud has no
    /// default.
    package var audience: String {
        switch self {
        case .alibaba: "sts.aliyuncs.com"
        case .anthropic: "https://api.anthropic.com"
        case .aws: "sts.amazonaws.com"
        case .azure: "api://AzureADTokenExchange"
        case .databricks: "databricks-account"
        case .google: "sts.googleapis.com"
        case .huawei: "huawei-client"
        case .ibm: "iam"
        case .snowflake: "snowflakecomputing.com"
        case .tencent: "sts.cloud.tencent.com"
        case .vault: "vault"
        }
    }

    /// The environment of requirements-cloud-sdks.txt, which is created at the first call.
    static func python() async throws -> String {
        let script = "\(TestFolders.repository)/scripts/python-tools.sh"
        let folder = try await Command(script, ["cloud-sdks"]).runText(timeout: .seconds(240))
        return "\(folder.trimmingCharacters(in: .newlines))/python"
    }

    var source: String {
        get throws { try Fixtures.text("Containers/sdks/\(rawValue).py") }
    }
}
