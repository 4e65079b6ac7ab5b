internal import HTTPClient
package import KubernetesObjects
internal import NIOOpenSSL
package import OIDCIssuer

/// Looks at an issuer as clouds do: is it reached over HTTPS, does its document name itself, are its keys those with which the
/// cluster signs?
package struct IssuerCheck: Sendable {
    package struct Result: Sendable {
        package fileprivate(set) var findings: [Finding] = []
        /// The keys that were fetched; nil if there are none.
        package fileprivate(set) var published: JSONWebKeySet?
    }

    private let outbound: OutboundHTTP
    private let now: Timestamp

    /// - Parameter now: The time that certificates are judged by.
    package init(_ outbound: OutboundHTTP, now: Timestamp) {
        self.outbound = outbound
        self.now = now
    }

    /// - Parameters:
    ///   - text: The issuer.
    ///   - keys: Those of the cluster; nil if they are not known.
    package func run(_ text: String, comparing keys: JSONWebKeySet?) async -> Result {
        var result = Result()
        let topic = Finding.Topic(.issuer, text)
        let url: IssuerURL
        do {
            url = try IssuerURL(parsing: text)
        } catch {
            let message = "\(error): no cloud accepts its tokens"
            result.findings.append(topic.problem(.issuerNotHTTPS, message, remedy: Self.moveCommand))
            return result
        }
        guard !url.isInternal else {
            let message =
                "\(url.server.host) is known only inside the cluster's network: no cloud can fetch its keys, and AWS rejects "
                + "its tokens"
            result.findings.append(topic.warning(.issuerNotPublic, message, remedy: Self.moveCommand))
            return result
        }
        if url.namesPort {
            result.findings.append(topic.warning(.issuerHasPort, "it has a port, which AWS IAM does not accept"))
        }
        await fetch(url, keys, topic, &result)
        return result
    }

    private func fetch(_ url: IssuerURL, _ keys: JSONWebKeySet?, _ topic: Finding.Topic, _ result: inout Result) async {
        let certificates = IssuerCertificateCheck(outbound: outbound, now: now)
        do throws(OutboundHTTP.Failure) {
            let document = try await certificates.run(url.server, topic, &result.findings)
            let tls = document.isTrusted ? outbound.verified : outbound.unverified
            let bytes = try await outbound.get(url.server, path: IssuerURL.configurationPath, tls: tls)
            guard let server = keysServer(bytes, url, topic, &result.findings) else { return }
            var days = document.days
            var keysTLS = tls
            if (server.host, server.port) != (url.server.host, url.server.port) {
                let other = try await certificates.run(server, topic, &result.findings)
                days = min(days, other.days)
                keysTLS = other.isTrusted ? outbound.verified : outbound.unverified
            }
            let published = try await fetchKeys(server, keysTLS)
            result.published = published
            result.findings += compare(keys, published, url, topic)
            guard !result.findings.contains(where: { $0.status != .ok && $0.code != .issuerHasPort }) else { return }
            let words =
                published.keys.count == 1
                ? "its key is the cluster's" : "among its \(published.keys.count) keys are the cluster's"
            let message = "its documents are there, \(words), and its certificate is valid for \(days) days"
            result.findings.append(topic.ok(.issuerPublished, message))
        } catch {
            result.findings.append(describe(error, topic))
        }
    }

    // MARK: The document

    /// Where the keys are; nil if the document does not say so.
    private func keysServer(
        _ document: [UInt8],
        _ url: IssuerURL,
        _ topic: Finding.Topic,
        _ findings: inout [Finding]
    ) -> ServerURL? {
        let remedy = Self.publishCommand(url)
        let configuration: IssuerConfiguration
        do {
            configuration = try IssuerConfiguration(parsing: document)
        } catch {
            findings.append(topic.problem(.issuerDocumentUnusable, "\(url.configurationURL): \(error)", remedy: remedy))
            return nil
        }
        if configuration.issuer != url.text {
            let message =
                "its document names the issuer \"\(configuration.issuer)\": the two must be equal, also in a slash at the end"
            findings.append(topic.problem(.issuerMismatch, message, remedy: remedy))
        }
        guard configuration.keysURL.hasPrefix("https://"), let server = try? ServerURL(parsing: configuration.keysURL)
        else {
            let message = "its jwks_uri \"\(configuration.keysURL)\" is not an https URL"
            findings.append(topic.problem(.issuerKeysUnusable, message, remedy: remedy))
            return nil
        }
        guard !server.isInternal else {
            let message =
                "its keys are at \(server), which no cloud can reach: set --service-account-jwks-uri to a public address"
            findings.append(topic.problem(.issuerKeysUnusable, message, remedy: remedy))
            return nil
        }
        return server
    }

    private func fetchKeys(
        _ server: ServerURL,
        _ tls: TLSContext
    ) async throws(OutboundHTTP.Failure) -> JSONWebKeySet {
        // The whole path is in the server's URL, and a slash would be added to it.
        let bytes = try await outbound.get(server, path: server.pathPrefix.isEmpty ? "/" : "", tls: tls)
        do {
            return try JSONWebKeySet(parsing: bytes)
        } catch {
            throw .malformed("\(server): \(error)")
        }
    }

    // MARK: Keys

    private func compare(
        _ keys: JSONWebKeySet?,
        _ published: JSONWebKeySet,
        _ url: IssuerURL,
        _ topic: Finding.Topic
    ) -> [Finding] {
        guard let keys else {
            let message = "its documents are there, but the cluster's keys are not known, so they were not compared"
            return [topic.unknown(.issuerKeysNotCompared, message)]
        }
        let comparison = keys.compare(with: published)
        var problems: [String] = []
        if !comparison.missing.isEmpty {
            let list = comparison.missing.joined(separator: ", ")
            problems.append(
                "of the cluster's keys it does not publish \(list): tokens signed with them are rejected"
            )
        }
        for (id, other) in comparison.renamed {
            problems.append("it publishes the cluster's key \(id) as \(other), which is not what tokens name")
        }
        if keys.keys.isEmpty { problems.append("the API server names no key that could be compared") }
        // What Amazon EKS publishes it keeps in step by itself.
        let status: Finding.Status = url.isOfEKS ? .warning : .problem
        let remedy = url.isOfEKS ? nil : Self.publishCommand(url)
        return problems.map { topic.finding(status, .issuerKeysDiffer, $0, remedy: remedy) }
    }

    // MARK: Failures and remedies

    private func describe(_ failure: OutboundHTTP.Failure, _ topic: Finding.Topic) -> Finding {
        switch failure {
        case .refused(let status) where (400..<500).contains(status) && status != 429 && status != 407:
            let message = "a document is not there: its server answers with status \(status)"
            return topic.problem(.issuerDocumentUnusable, message)
        case .refused(let status):
            return topic.unknown(.issuerUnreachable, "its server answers with status \(status)")
        case .malformed(let reason): return topic.problem(.issuerKeysUnusable, reason)
        case .unreachable(let reason):
            return topic.unknown(.issuerUnreachable, "it cannot be reached from here: \(reason)")
        case .untrusted(_, let reason): return topic.problem(.issuerCertificateRejected, reason)
        }
    }

    private static let moveCommand =
        "pod-identity-webhook issuer documents --url https://HOST --from-cluster -o DIR  # publish them there, and give "
        + "kube-apiserver --service-account-issuer=https://HOST in front of the old one: docs/issuer.md"

    static func publishCommand(_ url: IssuerURL) -> String {
        "pod-identity-webhook issuer documents --url \(url.text.shellWord) --from-cluster -o DIR  # and publish them"
    }
}
