internal import AWSSecurityTokenService
internal import HTTPClient
internal import JSON
internal import Kubernetes
internal import KubernetesObjects
internal import NIOCore
internal import NIOHTTP1

/// Gets credentials in the same way as a pod: asks the API server for a token, and AWS STS for a session of the role.
/// The token is sent nowhere else, and nothing of the session is kept.
struct AssumeRoleCheck: Sendable {
    let client: APIClient
    let outbound: OutboundHTTP
    let options: AssumeRoleOptions
    let issuer: KnownIssuer?
    /// What is known about roles without STS.
    let roles: KnownRoles

    /// The number of roles that are assumed at the same time.
    private static let concurrency = 4

    private typealias Outcome = (finding: Finding, outcome: AssumeRoleSchedule.Outcome)

    /// - Returns: The findings in the order of the identities, followed by what was not tried.
    func findings(_ identities: [WebIdentity]) async -> [Finding] {
        var schedule = AssumeRoleSchedule(identities) { (try? endpoint($0).description) ?? "" }
        var findings: [Finding] = []
        await withTaskGroup(of: (WebIdentity, Outcome).self) { tasks in
            for _ in 0..<Self.concurrency {
                guard let identity = schedule.next() else { break }
                tasks.addTask { (identity, await outcome(identity)) }
            }
            while let (identity, one) = await tasks.next() {
                schedule.record(one.outcome, one.finding.message, of: identity)
                findings.append(one.finding)
                guard let identity = schedule.next() else { continue }
                tasks.addTask { (identity, await outcome(identity)) }
            }
        }
        return findings.sorted { $0.subject < $1.subject } + schedule.findings
    }

    private func outcome(_ identity: WebIdentity) async -> Outcome {
        let words = AssumeRoleFindings(identity: identity, issuer: issuer, roles: roles)
        if let region = identity.region, let finding = words.otherPartition(region) { return (finding, .known) }
        do throws(KubernetesError) {
            guard let token = try await token(identity) else {
                return (words.unusableToken, .known)
            }
            return await outcome(identity, token, words)
        } catch {
            let isForbidden = if case .refused(let status) = error { status.code == 403 } else { false }
            return (words.noToken(error, isForbidden: isForbidden), isForbidden ? .forbidden : .known)
        }
    }

    private func outcome(
        _ identity: WebIdentity,
        _ token: WebIdentityToken,
        _ words: AssumeRoleFindings
    ) async -> Outcome {
        do {
            let service = try service(identity)
            return (words.assumed(try await service.assume(role: identity.role, with: token)), .known)
        } catch let error as STSError {
            let isSilent = if case .refused = error { error.isTemporary && !error.isOfIssuer } else { true }
            return (words.describe(error, signedWith: token.keyID), isSilent ? .silent : .known)
        } catch {
            return (words.noEndpoint("\(error)"), .known)
        }
    }

    private func endpoint(_ identity: WebIdentity) throws -> STSEndpoint {
        let region = identity.region ?? options.region
        return try options.endpoint ?? STSEndpoint(partition: identity.partition, region: region)
    }

    private func service(_ identity: WebIdentity) throws -> SecurityTokenService {
        let endpoint = try endpoint(identity)
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

    /// - Returns: Nil if the API server's response does not contain a token.
    private func token(_ identity: WebIdentity) async throws(KubernetesError) -> WebIdentityToken? {
        let account = identity.account
        let path = "/api/v1/namespaces/\(account.namespace)/serviceaccounts/\(account.name)/token"
        let wish = TokenWish(account, audience: identity.audience, seconds: identity.seconds)
        let body = ByteBuffer(bytes: TokenCheck.body(wish))
        // This is not a dry run, because later versions may answer dry runs without a token; nothing is stored either
        // way.
        let response = try await client.send(APIRequest(.POST, path: path, body: ("application/json", body)))
        return try response.parse { root in
            (root["status"]?["token"]?.string).flatMap { WebIdentityToken($0) }
        }
    }
}
