/// An Azure cloud, which has its own authority for tokens.
package enum AzureCloud: String, CaseIterable, Sendable {
    case publicCloud = "AzurePublicCloud"
    case usGovernment = "AzureUSGovernmentCloud"
    case china = "AzureChinaCloud"
    case germany = "AzureGermanCloud"

    /// - Parameter name: The name, case-insensitive. Azure's command line has other names for some of the clouds.
    package init?(name: String) {
        let name = name.lowercased()
        let synonyms = ["azurecloud": Self.publicCloud, "azureusgovernment": .usGovernment]
        guard let cloud = Self.allCases.first(where: { $0.rawValue.lowercased() == name }) ?? synonyms[name] else {
            return nil
        }
        self = cloud
    }

    /// The value of `AZURE_AUTHORITY_HOST`.
    var authorityHost: String {
        switch self {
        case .publicCloud: "https://login.microsoftonline.com/"
        case .usGovernment: "https://login.microsoftonline.us/"
        case .china: "https://login.chinacloudapi.cn/"
        case .germany: "https://login.microsoftonline.de/"
        }
    }

    /// The audience that a federated credential of this cloud accepts (Microsoft Entra, "Workload identity
    /// federation"). The German cloud was closed before there were other audiences than the first.
    package var audience: String {
        switch self {
        case .publicCloud, .germany: "api://AzureADTokenExchange"
        case .usGovernment: "api://AzureADTokenExchangeUSGov"
        case .china: "api://AzureADTokenExchangeChina"
        }
    }
}
