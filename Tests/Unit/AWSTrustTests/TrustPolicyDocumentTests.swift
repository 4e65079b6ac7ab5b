import AWSIdentity
import JSON
import Testing

@testable import AWSTrust

@Suite("The trust policy that a role needs", .timeLimit(.minutes(5)))
struct TrustPolicyDocumentTests {
    private static func claims(_ name: String, _ audience: String = PolicyCase.audience) -> TrustPolicyDocument.Claims {
        TrustPolicyDocument.Claims(subject: "system:serviceaccount:prod:\(name)", audience: audience)
    }

    private static func document(
        _ claims: Set<TrustPolicyDocument.Claims>,
        partition: String = "aws"
    ) throws -> JSONTree {
        let issuer = try TrustedIssuer("https://\(PolicyCase.issuer)")
        return TrustPolicyDocument.webIdentity(issuer, partition: partition, account: "111122223333", claims)
    }

    @Test("names the provider, the subject and the audience")
    func one() throws {
        let expected = """
            {
              "Version": "2012-10-17",
              "Statement": [
                {
                  "Effect": "Allow",
                  "Principal": {
                    "Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/A1"
                  },
                  "Action": "sts:AssumeRoleWithWebIdentity",
                  "Condition": {
                    "StringEquals": {
                      "oidc.example.com/id/A1:sub": "system:serviceaccount:prod:app",
                      "oidc.example.com/id/A1:aud": "sts.amazonaws.com"
                    }
                  }
                }
              ]
            }
            """
        let document = try Self.document([Self.claims("app")])
        #expect(document.pretty == expected)
        #expect(TrustPolicyDocument.size(document) == expected.filter { !$0.isWhitespace }.count)
    }

    @Test("allows only the given ServiceAccounts", arguments: ["aws", "aws-cn", "aws-us-gov"])
    func several(_ partition: String) throws {
        let claims: Set = [Self.claims("b"), Self.claims("a"), Self.claims("c", "other"), Self.claims("quote\"")]
        let policy = try TrustPolicy(parsing: try Self.document(claims, partition: partition).bytes)
        var question = try PolicyCase.question("arn:\(partition):iam::111122223333:role/x")
        for claims in claims {
            (question.subject, question.audience) = (claims.subject, claims.audience)
            guard case .allowed = policy.answer(to: question) else {
                Issue.record("\(policy.answer(to: question))")
                continue
            }
            #expect(policy.breadth(question) == nil)
            // Each audience is valid only with its own subjects.
            question.audience = claims.audience == "other" ? PolicyCase.audience : "other"
            guard case .notAllowed = policy.answer(to: question) else {
                Issue.record("\(policy.answer(to: question))")
                continue
            }
        }
        #expect(policy.statements.count == 2)
    }

    @Test("for EKS Pod Identity is the one that EKS requires")
    func podIdentity() {
        let text = String(decoding: TrustPolicyDocument.eksPodIdentity.bytes, as: UTF8.self)
        let statement =
            #"{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"#
            + #""Action":["sts:AssumeRole","sts:TagSession"]}"#
        #expect(text == #"{"Version":"2012-10-17","Statement":[\#(statement)]}"#)
    }
}
