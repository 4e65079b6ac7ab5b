internal import HTTPClient
internal import JSON
package import KubernetesObjects
internal import NIOOpenSSL
package import OIDCIssuer

/// Checks an issuer as clouds do: is it reachable over HTTPS, does its document name itself, are its keys those that
/// the cluster signs with?
package struct IssuerCheck: Sendable {
    package struct Result: Sendable {
        package fileprivate(set) var findings: [Finding] = []
        /// The keys that were fetched; nil if there are none.
        package fileprivate(set) var published: JSONWebKeySet?
    }

    private let outbound: OutboundHTTP
    private let now: Timestamp
    /// Whether anything depends on a cloud fetching the documents: if so, anything wrong with them is a problem.
    package var isNeeded = true
    /// Whether it must be known what others see. If not, anything that may be true only from here is a warning.
    package var isReachRequired = true
    /// Whether messages name the cluster whose keys were compared.
    package var isNamed = false

    /// - Parameter now: The time at which certificates must be valid.
    package init(_ outbound: OutboundHTTP, now: Timestamp) {
        self.outbound = outbound
        self.now = now
    }

    /// - Parameters:
    ///   - text: The issuer.
    ///   - cluster: The published keys are compared with those of this cluster, whose issuer may be a different one;
    ///     nil if there is none.
    package func run(_ text: String, comparing cluster: ClusterIssuer?) async -> Result {
        var result = Result()
        let topic = Finding.Topic(.issuer, text)
        let url: IssuerURL
        do {
            url = try IssuerURL(parsing: text)
        } catch {
            let message = "\(error): no cloud accepts its tokens"
            result.findings.append(topic.finding(wrong, .issuerNotHTTPS, message, remedy: Self.moveCommand))
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
        await fetch(url, cluster, topic, &result)
        return result
    }

    /// The status of problems that every client sees.
    private var wrong: Finding.Status { isNeeded ? .problem : .warning }
    /// The status of problems that may exist only from here.
    private var seenFromHere: Finding.Status { isReachRequired ? .unknown : .warning }

    private func fetch(
        _ url: IssuerURL,
        _ cluster: ClusterIssuer?,
        _ topic: Finding.Topic,
        _ result: inout Result
    ) async {
        let certificates = IssuerCertificateCheck(outbound: outbound, now: now, seenFromHere: seenFromHere)
        do throws(OutboundHTTP.Failure) {
            let document = try await certificates.run(url.server, topic, &result.findings)
            guard !document.isOfOther else { return }
            let tls = document.isTrusted ? outbound.verified : outbound.unverified
            let bytes = try await outbound.get(url.server, path: IssuerURL.configurationPath, tls: tls)
            guard let server = keysServer(bytes, url, topic, &result.findings) else { return }
            var days = document.days
            var keysTLS = tls
            if (server.host, server.port) != (url.server.host, url.server.port) {
                let other = try await certificates.run(server, topic, &result.findings)
                guard !other.isOfOther else { return }
                days = min(days, other.days)
                keysTLS = other.isTrusted ? outbound.verified : outbound.unverified
            }
            guard let published = try await fetchKeys(server, keysTLS, topic, &result.findings) else { return }
            result.published = published
            result.findings += compare(cluster, published, url, topic)
            guard !result.findings.contains(where: { $0.status != .ok && $0.code != .issuerHasPort }) else { return }
            let words =
                published.keys.count == 1
                ? "its key is that of \(name(cluster, url))"
                : "among its \(published.keys.count) keys are those of \(name(cluster, url))"
            let message = "its documents are there, \(words), and its certificate is valid for \(days) days"
            result.findings.append(topic.ok(.issuerPublished, message))
        } catch {
            result.findings.append(describe(error, topic))
        }
    }

    // MARK: The document

    /// The server with the keys; nil if the document does not name it.
    private func keysServer(
        _ document: [UInt8],
        _ url: IssuerURL,
        _ topic: Finding.Topic,
        _ findings: inout [Finding]
    ) -> ServerURL? {
        let remedy = Self.publishCommand(url.text)
        let configuration: IssuerConfiguration
        do {
            configuration = try IssuerConfiguration(parsing: document)
        } catch {
            findings.append(
                unreadable(document, .issuerDocumentUnusable, "\(url.configurationURL): \(error)", topic, remedy)
            )
            return nil
        }
        if configuration.issuer != url.text {
            let message =
                "its document names the issuer \"\(configuration.issuer)\": the two must be equal, also in a slash at the end"
            findings.append(topic.finding(wrong, .issuerMismatch, message, remedy: remedy))
        }
        guard configuration.keysURL.hasPrefix("https://"), let server = try? ServerURL(parsing: configuration.keysURL)
        else {
            let message = "its jwks_uri \"\(configuration.keysURL)\" is not an https URL"
            findings.append(topic.finding(wrong, .issuerKeysUnusable, message, remedy: remedy))
            return nil
        }
        guard !server.isInternal else {
            let message =
                "its keys are at \(server), which no cloud can reach: set --service-account-jwks-uri to a public address"
            findings.append(topic.finding(wrong, .issuerKeysUnusable, message, remedy: remedy))
            return nil
        }
        return server
    }

    private func fetchKeys(
        _ server: ServerURL,
        _ tls: TLSContext,
        _ topic: Finding.Topic,
        _ findings: inout [Finding]
    ) async throws(OutboundHTTP.Failure) -> JSONWebKeySet? {
        // The server's URL contains the whole path, and a slash would be added to it.
        let bytes = try await outbound.get(server, path: server.pathPrefix.isEmpty ? "/" : "", tls: tls)
        do {
            return try JSONWebKeySet(parsing: bytes)
        } catch {
            findings.append(unreadable(bytes, .issuerKeysUnusable, "\(server): \(error)", topic, nil))
            return nil
        }
    }

    /// An error page of a blocking proxy is not JSON, and is not what clouds get.
    private func unreadable(
        _ document: [UInt8],
        _ code: Finding.Code,
        _ message: String,
        _ topic: Finding.Topic,
        _ remedy: Remedy?
    ) -> Finding {
        let isJSON = (try? JSONParser().parse(document) { _ in true }) ?? false
        guard !isJSON else { return topic.finding(wrong, code, message, remedy: remedy) }
        return topic.finding(seenFromHere, code, "\(message); it is no JSON, seen from here")
    }

    // MARK: Keys

    private func compare(
        _ cluster: ClusterIssuer?,
        _ published: JSONWebKeySet,
        _ url: IssuerURL,
        _ topic: Finding.Topic
    ) -> [Finding] {
        guard let cluster, let keys = cluster.keys else {
            let owner = cluster == nil ? "the cluster's keys" : "the keys of \(name(cluster, url))"
            let message = "its documents are there, but \(owner) are not known, so they were not compared"
            return [topic.finding(seenFromHere, .issuerKeysNotCompared, message)]
        }
        let isOther = cluster.text != url.text
        let other = isOther ? "\(name(cluster, url)) has another issuer, \(cluster.text): " : ""
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
        // Amazon EKS itself keeps what it publishes up to date.
        let status: Finding.Status = url.isOfEKS || isOther ? .warning : wrong
        let remedy = url.isOfEKS || isOther ? nil : Self.publishCommand(url.text)
        return problems.map { topic.finding(status, .issuerKeysDiffer, other + $0, remedy: remedy) }
    }

    /// The cluster's address is included if there can be more than one cluster.
    private func name(_ cluster: ClusterIssuer?, _ url: IssuerURL) -> String {
        guard let cluster else { return "the cluster" }
        return isNamed || cluster.text != url.text ? "the cluster at \(cluster.server)" : "the cluster"
    }

    // MARK: Failures and remedies

    private func describe(_ failure: OutboundHTTP.Failure, _ topic: Finding.Topic) -> Finding {
        switch failure {
        case .refused(status: 404), .refused(status: 410):
            let message = "a document is not there: \(failure.text)"
            return topic.finding(wrong, .issuerDocumentUnusable, message)
        case .refused(status: 401), .refused(status: 403):
            // Object storage responds with this to everyone if its objects are not public, and so do some proxies.
            let message = "a document is not public, seen from here: \(failure.text)"
            return topic.finding(
                isNeeded ? .unknown : seenFromHere,
                .issuerUnreachable,
                message,
                remedy: Remedy(
                    nil,
                    note: "make the documents readable without credentials, unless a proxy answers this"
                )
            )
        case .refused:
            let message = "a document is not available, seen from here: \(failure.text)"
            return topic.finding(seenFromHere, .issuerUnreachable, message)
        case .malformed(let reason):
            return topic.finding(
                seenFromHere,
                .issuerUnreachable,
                "its answer cannot be used, seen from here: \(reason)"
            )
        case .unreachable(let reason):
            return topic.finding(seenFromHere, .issuerUnreachable, "it cannot be reached from here: \(reason)")
        case .untrusted(_, let reason):
            return topic.finding(seenFromHere, .issuerCertificateRejected, "seen from here, \(reason)")
        }
    }

    private static let moveCommand = Remedy(
        "pod-identity-webhook issuer documents --url https://HOST --from-cluster -o DIR",
        note: "publish them there, and give kube-apiserver --service-account-issuer=https://HOST in front of the old "
            + "one: docs/issuer.md"
    )

    static func publishCommand(_ url: String) -> Remedy {
        Remedy("pod-identity-webhook issuer documents --url \(url) --from-cluster -o DIR", note: "and publish them")
    }
}
