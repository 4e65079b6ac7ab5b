import Foundation
import JSON
import KubernetesObjects
import NIOCore
import NIOHTTP1
import NIOOpenSSL
import NIOPosix
import OIDCIssuer
import TestNetwork
import TestSupport

@testable import Diagnosis

/// A TLS server that publishes an issuer's documents.
struct IssuerFixture: Sendable {
    let server: ScriptedServer
    private let root: [UInt8]

    /// The cluster's keys.
    static func keys(_ texts: String...) throws -> [JSONWebKey] {
        try texts.flatMap { try PublicKey.parse(Array($0.utf8)) }.map { try JSONWebKey($0) }
    }

    /// - Parameters:
    ///   - days: How many days the certificate is valid.
    ///   - addresses: The addresses in the certificate.
    ///   - missing: The status for a path without a document.
    ///   - answer: Returns the document at a path, or nil for none. It receives the path and the server's URL.
    static func start(
        days: Int = 90,
        addresses: [String] = ["127.0.0.1"],
        missing: Int = 404,
        answer: @escaping @Sendable (_ path: String, _ url: String) throws -> String?
    ) async throws -> IssuerFixture {
        let certificates = try TestCertificates()
        let identity = try certificates.issue(dnsNames: ["issuer.test"], ipAddresses: addresses, days: days)
        let configuration = TLSServerConfiguration(certificateChain: identity.certificate, privateKey: identity.key)
        let server = try await ScriptedServer(tls: try TLSContext(server: configuration)) { request in
            let url = "https://\(request.headers.first(name: "Host") ?? "")"
            guard let text = try? answer(String(request.path), url) else { return [.json("{}", status: missing)] }
            return [.json(text)]
        }
        return IssuerFixture(server: server, root: certificates.root.certificate)
    }

    /// Publishes the documents for these keys.
    static func start(days: Int = 90, keys: [JSONWebKey], slash: String = "") async throws -> IssuerFixture {
        try await start(days: days) { path, url in
            let documents = try IssuerDocuments(try IssuerURL(parsing: url + slash), keys: keys)
            switch path {
            case IssuerURL.configurationPath: return String(decoding: documents.configuration, as: UTF8.self)
            case IssuerURL.keysPath: return String(decoding: documents.keys, as: UTF8.self)
            default: return nil
            }
        }
    }

    var url: String { "https://127.0.0.1:\(server.port)" }

    /// - Parameter isTrusted: Whether the server's CA is trusted.
    func outbound(isTrusted: Bool = true) throws -> OutboundHTTP {
        let other = isTrusted ? root : try TestCertificates(commonName: "other").root.certificate
        // No connection leaves this machine.
        return try OutboundHTTP(
            environment: ["HTTPS_PROXY": "http://127.0.0.1:1"],
            trustRoots: .pem(other),
            on: NIOSingletons.posixEventLoopGroup
        )
    }

    /// Checks the issuer, and stops the server.
    func check(
        _ text: String? = nil,
        comparing keys: [JSONWebKey]?,
        isTrusted: Bool = true,
        now: Int64 = ScriptedCluster.today,
        of cluster: String? = nil,
        _ change: (inout IssuerCheck) -> Void = { _ in }
    ) async throws -> IssuerCheck.Result {
        var check = IssuerCheck(try outbound(isTrusted: isTrusted), now: Timestamp(seconds: now))
        change(&check)
        let set = try keys.map { keys in
            let documents = try IssuerDocuments(try IssuerURL(parsing: "https://a"), keys: keys)
            return try JSONWebKeySet(parsing: documents.keys)
        }
        let own = ClusterIssuer(server: "https://api", text: cluster ?? text ?? url, keys: set)
        let result = await check.run(text ?? url, comparing: own)
        try await server.close()
        return result
    }
}

extension ScriptedCluster {
    /// The current time, for certificates that are created with it.
    static var today: Int64 { Int64(Date().timeIntervalSince1970) }
}
