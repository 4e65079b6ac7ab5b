import AzureIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("A custom token endpoint", .timeLimit(.minutes(5)))
struct TokenEndpointTests {
    private static func mutate(
        _ authorities: CustomTokenEndpoint.Authorities,
        annotation: String = "True",
        serverName: String = ""
    ) throws -> PureMutation {
        var settings = AzurePod.settings
        settings.tokenEndpoint = CustomTokenEndpoint(
            annotationSuffix: "binding",
            audience: "api://Binding",
            url: "https://proxy.example.com",
            serverName: serverName,
            authorities: authorities
        )
        return try AzurePod.mutate(try AzurePod.pod(["use-binding": annotation]), settings: settings)
    }

    private static func own(_ result: PureMutation) -> [String] {
        (result.containers().first?.environment ?? []).filter { $0.hasPrefix("AZURE_KUBERNETES_") }
    }

    private static let proxy = "AZURE_KUBERNETES_TOKEN_PROXY=https://proxy.example.com"
    private static let file = "AZURE_KUBERNETES_CA_FILE=/var/run/secrets/azure/wi/ca-cert/ca.crt"

    @Test("is used for pods that ask for it", arguments: ["false", "", "yes"])
    func unwanted(annotation: String) throws {
        let result = try Self.mutate(.system, annotation: annotation)
        #expect(Self.own(result) == [] && result.sources.count == 1)
        #expect(
            result.sources.first?[path: ["serviceAccountToken", "audience"]] == .string("api://AzureADTokenExchange")
        )
    }

    @Test("has a token with its own audience, and needs no CA that is trusted by default")
    func system() throws {
        let result = try Self.mutate(.system, serverName: "sni.example.com")
        #expect(Self.own(result) == [Self.proxy, "AZURE_KUBERNETES_SNI_NAME=sni.example.com"])
        #expect(result.sources.map { $0[path: ["serviceAccountToken", "audience"]] } == [.string("api://Binding")])
    }

    @Test("has its CA as data, and then not in a file")
    func data() throws {
        let result = try Self.mutate(.data("PEM"))
        #expect(Self.own(result) == [Self.proxy, "AZURE_KUBERNETES_CA_DATA=PEM"] && result.sources.count == 1)
    }

    @Test("has its CA in a file from a ConfigMap")
    func configMap() throws {
        let result = try Self.mutate(.configMap("ca"))
        #expect(Self.own(result) == [Self.proxy, Self.file])
        let expected = #"""
            {"configMap": {"name": "ca", "items": [{"key": "ca.crt", "path": "ca-cert/ca.crt"}], "optional": false}}
            """#
        #expect(try result.sources.last?.isEquivalent(to: JSONTree(parsing: expected.utf8)) ?? false)
        #expect(result.warnings == [] && result.reason == .injected)
    }

    @Test("has its CA in a file from ClusterTrustBundles")
    func trustBundle() throws {
        let selector = try JSONTree(parsing: #"{"matchLabels": {"a": "b"}}"#.utf8)
        let result = try Self.mutate(.trustBundle(signerName: "example.com/ca", labelSelector: selector))
        #expect(Self.own(result) == [Self.proxy, Self.file])
        let expected = #"""
            {"clusterTrustBundle": {"signerName": "example.com/ca", "labelSelector": {"matchLabels": {"a": "b"}},
             "path": "ca-cert/ca.crt", "optional": false}}
            """#
        #expect(try result.sources.last?.isEquivalent(to: JSONTree(parsing: expected.utf8)) ?? false)
    }
}
