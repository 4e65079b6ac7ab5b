internal import AWSSecurityTokenService
internal import HTTPClient
internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOHTTP1

/// Does what a pod does for its credentials: asks the API server for a token, and AWS STS for a session of the role. The
/// token goes nowhere else, and of the session nothing is kept.
struct AssumeRoleCheck: Sendable {
    let client: APIClient
    let outbound: OutboundHTTP
    let options: AssumeRoleOptions
    let issuer: KnownIssuer?

    /// The number of roles that are assumed at the same time.
    private static let concurrency = 4
    /// So many in a row to which STS gave no answer say that the others get none either.
    private static let mostSilent = 5

    /// What became of one.
    struct Outcome: Sendable {
        var finding: Finding
        /// Whether others will fail for the same reason.
        var isForAll = false
        /// Whether STS gave no answer about the role.
        var isSilent = false
    }

    /// - Returns: In the order of the identities, and then what was not tried.
    func findings(_ identities: [WebIdentity]) async -> [Finding] {
        var rest = identities[...]
        var findings: [Finding] = []
        var silent = 0
        var stop: Finding?
        await withTaskGroup(of: Outcome.self) { tasks in
            for identity in rest.prefix(Self.concurrency) { tasks.addTask { await outcome(identity) } }
            rest = rest.dropFirst(Self.concurrency)
            while let one = await tasks.next() {
                silent = one.isSilent ? silent + 1 : 0
                if one.isForAll || silent >= Self.mostSilent { stop = stop ?? one.finding }
                findings.append(one.finding)
                guard stop == nil, let identity = rest.popFirst() else { continue }
                tasks.addTask { await outcome(identity) }
            }
        }
        findings.sort { $0.subject < $1.subject }
        if let stop, !rest.isEmpty {
            let message = "not tried, because others failed in the same way: \(stop.message)"
            findings.append(Finding.Topic(.roles, "\(rest.count) more").unknown(.roleNotTried, message))
        }
        return findings
    }

    private func outcome(_ identity: WebIdentity) async -> Outcome {
        let words = AssumeRoleFindings(identity: identity, issuer: issuer)
        if let region = identity.region, let finding = words.otherPartition(region) { return Outcome(finding: finding) }
        do throws(KubernetesError) {
            guard let token = try await token(identity) else {
                return Outcome(finding: words.unusableToken)
            }
            return await outcome(identity, token, words)
        } catch {
            let isForbidden = if case .refused(let status) = error { status.code == 403 } else { false }
            return Outcome(finding: words.noToken(error, isForbidden: isForbidden), isForAll: isForbidden)
        }
    }

    private func outcome(
        _ identity: WebIdentity,
        _ token: WebIdentityToken,
        _ words: AssumeRoleFindings
    ) async -> Outcome {
        do {
            let service = try service(identity)
            return Outcome(finding: words.assumed(try await service.assume(role: identity.role, with: token)))
        } catch let error as STSError {
            let isSilent = if case .refused = error { error.isTemporary } else { true }
            return Outcome(finding: words.describe(error, signedWith: token.keyID), isSilent: isSilent)
        } catch {
            return Outcome(finding: words.noEndpoint("\(error)"))
        }
    }

    private func service(_ identity: WebIdentity) throws -> SecurityTokenService {
        let region = identity.region ?? options.region
        let endpoint = try options.endpoint ?? STSEndpoint(partition: identity.partition, region: region)
        return SecurityTokenService(
            endpoint,
            tls: endpoint.url.isTLS ? outbound.verified : nil,
            proxy: try outbound.proxy(for: endpoint.url),
            on: outbound.group,
            options: options.service,
            logger: OutboundHTTP.silent
        )
    }

    // MARK: The token

    /// - Returns: Nil if what the API server gives is no token.
    private func token(_ identity: WebIdentity) async throws(KubernetesError) -> WebIdentityToken? {
        let account = identity.account
        let path = "/api/v1/namespaces/\(account.namespace)/serviceaccounts/\(account.name)/token"
        let wish = TokenWish(account, audience: identity.audience, seconds: identity.seconds)
        let body = ByteBuffer(bytes: TokenCheck.body(wish))
        // Without a dry run, which later versions may answer without a token; nothing is stored either way.
        let response = try await client.send(APIRequest(.POST, path: path, body: ("application/json", body)))
        return try response.parse { root in
            (root["status"]?["token"]?.string).flatMap { WebIdentityToken($0) }
        }
    }
}
