import AWSIdentity
import Testing

@testable import AWSTrust

@Suite("Trust policies", .timeLimit(.minutes(5)))
struct TrustPolicyTests {
    @Test("are evaluated as IAM does", arguments: PolicyCase.all)
    func table(_ policyCase: PolicyCase) throws {
        let question = try PolicyCase.question()
        let policy: TrustPolicy
        do {
            policy = try TrustPolicy(parsing: Array(policyCase.policy.utf8))
        } catch {
            guard case .malformed(let words) = policyCase.expectation else {
                Issue.record("\(error)")
                return
            }
            #expect("\(error)".contains(words), "\(error)")
            return
        }
        let answer = policy.answer(to: question)
        let breadth = policy.breadth(question)
        switch (policyCase.expectation, answer) {
        case (.allowed, .allowed): #expect(breadth == nil)
        case (.everyPod, .allowed): #expect(breadth == .everyPod)
        case (.otherNamespaces(let example), .allowed): #expect(breadth == .otherNamespaces(example: example))
        case (.denied(let wanted), .denied(let statement)): #expect(statement == wanted)
        case (.notAllowed(let words), .notAllowed(let miss)): #expect(miss.contains(words), "\(miss)")
        case (.undecided(let words), .undecided(let reason)): #expect(reason.contains(words), "\(reason)")
        default: Issue.record("\(answer), \(String(describing: breadth))")
        }
    }

    @Test("are many in the table, valid and odd")
    func size() {
        #expect(PolicyCase.all.count >= 60)
        #expect(Set(PolicyCase.all.map(\.testDescription)).count == PolicyCase.all.count)
    }

    @Test(
        "trust the provider in the partition of the role",
        arguments: ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"]
    )
    func partitions(_ partition: String) throws {
        let question = try PolicyCase.question("arn:\(partition):iam::444455556666:role/path/app")
        let provider = "arn:\(partition):iam::444455556666:oidc-provider/\(PolicyCase.issuer)"
        #expect(question.provider == provider)
        let text = PolicyCase(
            "",
            PolicyCase.policy(PolicyCase.statement(principal: #"{"Federated":"\#(provider)"}"#)),
            .allowed
        )
        let policy = try TrustPolicy(parsing: Array(text.policy.utf8))
        #expect(policy.answer(to: question) == .allowed(statement: "statement 1"))
    }

    @Test("of a size that IAM never takes are refused")
    func bounds() {
        let long = String(repeating: "x", count: 8193)
        let many = Array(repeating: #""x""#, count: 2001).joined(separator: ",")
        let keys = (0...2000).map { #""k\#($0)":"""# }.joined(separator: ",")
        let deep = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        for (policy, words) in [
            (PolicyCase.subject("StringEquals", "\"\(long)\""), "more than 8192 bytes"),
            (PolicyCase.subject("StringEquals", "[\(many)]"), "has too many elements"),
            (PolicyCase.policy(PolicyCase.statement(#"{"StringEquals":{\#(keys)}}"#)), "has too many members"),
            (PolicyCase.subject("StringEquals", deep), "malformed JSON"),
        ] {
            let error = #expect(throws: AWSTrustError.self) { try TrustPolicy(parsing: Array(policy.utf8)) }
            #expect(error?.description.contains(words) ?? false, "\(error?.description ?? "no error")")
        }
    }

    @Test("with patterns that make matching slow elsewhere are evaluated")
    func patterns() throws {
        let stars = String(repeating: "*a", count: 4000)
        let text = String(repeating: "a", count: 3000) + "b"
        let pattern = PolicyPattern(stars, hasWildcards: true, hasVariables: false)
        #expect(pattern.matches(text) == .no)
        let policy = try TrustPolicy(
            parsing: Array(
                PolicyCase("", PolicyCase.subject("StringLike", "[\"\(stars)\",\"*\"]"), .everyPod).policy.utf8
            )
        )
        #expect(policy.breadth(try PolicyCase.question()) == .everyPod)
    }

    @Test("are of issuers that IAM can have")
    func issuers() throws {
        #expect(try TrustedIssuer("https://a.example/b/").name == "a.example/b/")
        #expect(try TrustedIssuer("HTTPS://a.example").key("sub") == "a.example:sub")
        for url in [
            "", "a.example", "http://a.example", "https://", "https:///x", "https://a?b", "https://a#b", "https://a b",
            "https://ä.example", "https://\(String(repeating: "a", count: 250))",
        ] {
            #expect(throws: AWSTrustError.self, "\(url)") { try TrustedIssuer(url) }
        }
    }
}
