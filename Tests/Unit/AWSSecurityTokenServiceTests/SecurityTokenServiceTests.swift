import HTTPClient
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import TestNetwork
import Testing

@testable import AWSSecurityTokenService

@Suite("Assuming a role at STS", .timeLimit(.minutes(5)))
struct SecurityTokenServiceTests {
    private static let role = "arn:aws:iam::111122223333:role/shop"
    private static let secret = "eyJhbGciOiJSUzI1NiJ9.c2VjcmV0.c2ln"
    private static let session = "arn:aws:sts::111122223333:assumed-role/shop/pod-identity-webhook-doctor"

    static let success =
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
        + "<AssumeRoleWithWebIdentityResult><Audience>sts.amazonaws.com</Audience><AssumedRoleUser>"
        + "<AssumedRoleId>AROA:x</AssumedRoleId><Arn>\(session)</Arn></AssumedRoleUser><Credentials>"
        + "<SecretAccessKey>s3cret</SecretAccessKey></Credentials></AssumeRoleWithWebIdentityResult>"
        + "</AssumeRoleWithWebIdentityResponse>"

    static func error(_ code: String, _ message: String) -> String {
        "<ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code><Message>\(message)</Message></Error></ErrorResponse>"
    }

    static func answer(_ status: Int, _ body: String, headers: String = "") -> [ScriptedServer.Action] {
        [.send("HTTP/1.1 \(status) x\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")]
    }

    private func run(
        _ script: @escaping ScriptedServer.Script
    ) async throws -> (result: Result<String, STSError>, requests: [ScriptedServer.Request]) {
        let server = try await ScriptedServer(script: script)
        let endpoint = try #require(
            try STSEndpoint(environment: ["AWS_ENDPOINT_URL_STS": "http://127.0.0.1:\(server.port)"])
        )
        var options = SecurityTokenService.Options()
        options.pause = .milliseconds(1)
        let service = SecurityTokenService(
            endpoint,
            tls: nil,
            proxy: nil,
            on: NIOSingletons.posixEventLoopGroup,
            options: options,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let token = try #require(WebIdentityToken(Self.secret))
        let result: Result<String, STSError>
        do throws(STSError) {
            result = .success(try await service.assume(role: Self.role, with: token))
        } catch {
            result = .failure(error)
        }
        try await server.close()
        return (result, server.requests)
    }

    @Test("requests the shortest session, without permissions, and sends the token only in the body")
    func request() async throws {
        let run = try await run { _ in Self.answer(200, Self.success) }
        #expect(try run.result.get() == Self.session)
        let request = try #require(run.requests.first)
        #expect(request.method == .POST && request.uri == "/" && run.requests.count == 1)
        #expect(request.headers.first(name: "Content-Type")?.hasPrefix("application/x-www-form-urlencoded") ?? false)
        #expect(request.headers.first(name: "Authorization") == nil)
        let fields = Dictionary(
            uniqueKeysWithValues: request.body.split(separator: "&").map { pair in
                let name = pair.prefix { $0 != "=" }
                return (String(name), String(pair.dropFirst(name.count + 1)).removingPercentEscapes)
            }
        )
        #expect(
            fields == [
                "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": Self.role,
                "RoleSessionName": "pod-identity-webhook-doctor", "DurationSeconds": "900",
                "WebIdentityToken": Self.secret,
                "Policy": #"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#,
            ]
        )
        #expect(request.headers.allSatisfy { !$0.value.contains(Self.secret) })
    }

    @Test("passes on the message of a refusal without a retry")
    func refused() async throws {
        let run = try await run { _ in Self.answer(403, Self.error("AccessDenied", "Not authorized")) }
        #expect(run.result == .failure(.refused(status: 403, code: "AccessDenied", message: "Not authorized")))
        #expect(run.requests.count == 1)
    }

    @Test(
        "is retried a limited number of times if STS asks for that",
        arguments: [
            (400, "Throttling", "later"), (503, "ServiceUnavailable", "later"), (400, "IDPCommunicationError", "later"),
            (429, "SlowDown", "later"),
            (400, "InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider"),
        ]
    )
    func throttled(status: Int, code: String, words: String) async throws {
        let late = try await run { request in
            request.number < 2
                ? Self.answer(status, Self.error(code, words), headers: "Retry-After: 0\r\n")
                : Self.answer(200, Self.success)
        }
        #expect(try late.result.get() == Self.session && late.requests.count == 3)
        let never = try await run { _ in Self.answer(status, Self.error(code, words)) }
        #expect(never.result == .failure(.refused(status: status, code: code, message: words)))
        #expect(never.requests.count == 4)
    }

    @Test("reports responses that are not from STS")
    func foreign() async throws {
        for (status, body) in [(200, "<html>"), (404, "<html>"), (302, ""), (200, "")] {
            let run = try await run { _ in Self.answer(status, body) }
            guard case .failure(.malformedAnswer) = run.result else {
                Issue.record("\(status): \(run.result)")
                continue
            }
        }
        let closed = try await run { _ in [.close] }
        guard case .failure(.unavailable) = closed.result else {
            Issue.record("\(closed.result)")
            return
        }
    }

    @Test("does not reveal the token, however it is printed")
    func redaction() throws {
        let token = try #require(WebIdentityToken(Self.secret))
        var dumped = ""
        dump(token, to: &dumped)
        for text in ["\(token)", String(reflecting: token), dumped, "\([token])"] {
            #expect(!text.contains("c2VjcmV0"), "\(text)")
        }
        #expect(WebIdentityToken("") == nil && WebIdentityToken(String(repeating: "a", count: 20_001)) == nil)
    }
}

extension String {
    fileprivate var removingPercentEscapes: String {
        var bytes: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            bytes.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
