internal import ArgumentParser
internal import AzureIdentity
internal import JSON
internal import KubernetesObjects

extension AzureOptions {
    /// - Parameter value: The value of the flag for a variable, or otherwise of the variable.
    /// - Returns: Nil if pods cannot request a token endpoint.
    func tokenEndpoint(_ settings: AzureSettings, _ value: (Variable) -> String) throws -> CustomTokenEndpoint? {
        let (suffix, audience) = (azureCustomTokenEndpointAnnotationSuffix, azureCustomTokenEndpointAudience)
        guard !suffix.isEmpty || !audience.isEmpty else { return nil }
        guard !suffix.isEmpty, !audience.isEmpty else {
            throw ValidationError(
                "--azure-custom-token-endpoint-annotation-suffix and --azure-custom-token-endpoint-audience must be set together"
            )
        }
        guard Self.isAnnotationSuffix(suffix) else {
            throw ValidationError(
                "--azure-custom-token-endpoint-annotation-suffix must be at most 59 letters, digits, -, _ and ., ending "
                    + "in a letter or digit, not \"\(suffix)\""
            )
        }
        let defaultAudience = settings.audience.isEmpty ? settings.cloud.audience : settings.audience
        guard audience.lowercased() != defaultAudience.lowercased() else {
            throw ValidationError(
                "--azure-custom-token-endpoint-audience must not be the audience of other tokens, \(defaultAudience): "
                    + "each server could use the other's"
            )
        }
        let url = value(.tokenProxy)
        guard url.hasPrefix("https://") else {
            throw ValidationError(
                "a custom token endpoint needs --azure-token-proxy or AZURE_KUBERNETES_TOKEN_PROXY, an https URL, not "
                    + "\"\(url)\""
            )
        }
        return CustomTokenEndpoint(
            annotationSuffix: suffix,
            audience: audience,
            url: url,
            serverName: value(.serverName),
            authorities: try authorities(value)
        )
    }

    /// Whether a key that consists of `use-` and the suffix is valid (apimachinery, `IsQualifiedName`).
    private static func isAnnotationSuffix(_ suffix: String) -> Bool {
        let key = "use-\(suffix)".utf8
        func isLetterOrDigit(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        return key.count <= 63 && key.allSatisfy { isLetterOrDigit($0) || "-_.".utf8.contains($0) }
            && key.last.map(isLetterOrDigit) ?? false
    }

    private func authorities(_ value: (Variable) -> String) throws -> CustomTokenEndpoint.Authorities {
        let data = value(.authorityData)
        let configMap = value(.authorityConfigMap)
        let signer = value(.authoritySigner)
        let selector = value(.authoritySelector)
        guard [data, configMap, signer].count(where: { !$0.isEmpty }) <= 1 else {
            throw ValidationError(
                "the CA of the token endpoint comes from one place; set only one of --azure-token-proxy-ca-data, "
                    + "--azure-token-proxy-ca-config-map and --azure-token-proxy-ca-signer, or their variables"
            )
        }
        guard selector.isEmpty || !signer.isEmpty else {
            throw ValidationError("--azure-token-proxy-ca-selector needs --azure-token-proxy-ca-signer")
        }
        if !data.isEmpty { return .data(data) }
        if !configMap.isEmpty { return .configMap(configMap) }
        guard !signer.isEmpty else { return .system }
        return .trustBundle(signerName: signer, labelSelector: try Self.selector(selector))
    }

    private static func selector(_ text: String) throws -> JSONTree? {
        guard !text.isEmpty else { return nil }
        let isSelector = try? JSONParser().parse(Array(text.utf8)) { root in
            root.kind == .object && LabelSelector(root) != nil
        }
        guard isSelector ?? false, let tree = try? JSONTree(parsing: text.utf8) else {
            throw ValidationError("--azure-token-proxy-ca-selector must be a label selector in JSON, not \"\(text)\"")
        }
        return tree
    }
}
