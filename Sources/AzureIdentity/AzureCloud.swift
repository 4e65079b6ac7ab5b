/// A cloud of Azure, which has its own authority for tokens.
package enum AzureCloud: String, CaseIterable, Sendable {
    case publicCloud = "AzurePublicCloud"
    case usGovernment = "AzureUSGovernmentCloud"
    case china = "AzureChinaCloud"
    case germany = "AzureGermanCloud"

    /// - Parameter name: The name, in letters of either case. Azure's command line calls some of the clouds otherwise.
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

    /// The audience that a federated credential of this cloud accepts (Microsoft Entra, "Workload identity federation"). The
    /// cloud of Germany was closed before there were others than the first.
    package var audience: String {
        switch self {
        case .publicCloud, .germany: "api://AzureADTokenExchange"
        case .usGovernment: "api://AzureADTokenExchangeUSGov"
        case .china: "api://AzureADTokenExchangeChina"
        }
    }
}
