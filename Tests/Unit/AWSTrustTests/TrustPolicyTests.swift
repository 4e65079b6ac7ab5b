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
        case (.others(let example), .allowed): #expect(breadth == .others(example: example))
        case (.undecidedBreadth(let words), .allowed):
            guard case .undecided(let reason) = breadth else {
                Issue.record("\(String(describing: breadth))")
                return
            }
            #expect(reason.contains(words), "\(reason)")
        case (.denied(let wanted), .denied(let statement)): #expect(statement == wanted)
        case (.notAllowed(let words), .notAllowed(let miss)): #expect(miss.contains(words), "\(miss)")
        case (.undecided(let words), .undecided(let reason)): #expect(reason.contains(words), "\(reason)")
        default: Issue.record("\(answer), \(String(describing: breadth))")
        }
    }

    @Test("are tested with many valid and odd cases")
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

    @Test("are refused if they are larger than IAM accepts")
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

    @Test("are evaluated with patterns that would be slow in a naive matcher")
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

    @Test("are checked for breadth with all of their patterns")
    func manyPatterns() throws {
        func breadth(_ patterns: [String]) throws -> TrustBreadth? {
            let list = patterns.map { "\"\($0)\"" }.joined(separator: ",")
            let text = PolicyCase("", PolicyCase.subject("StringLike", "[\(list)]"), .allowed).policy
            return try TrustPolicy(parsing: Array(text.utf8)).breadth(try PolicyCase.question())
        }
        let own = (0..<300).map { "system:serviceaccount:prod:*\($0)" } + [PolicyCase.subject]
        #expect(try breadth(own) == nil)
        let last = try breadth(own + ["system:serviceaccount:*:last"])
        #expect(last == .otherNamespaces(example: "system:serviceaccount:x:last"))
        let stars = "system:serviceaccount:\(String(repeating: "*", count: 600)):last"
        #expect(try breadth(own + [stars]) == .otherNamespaces(example: "system:serviceaccount:x:last"))
    }

    @Test("report that they have too many patterns to check")
    func spent() throws {
        for (count, work) in [(300, 1), (1001, 40_000_000)] {
            let words = (0..<count).map { "\"a\($0)\"" }.joined(separator: ",")
            let condition = #"{"StringEquals":{"$I:aud":[\#(words)],"$I:sub":"x"}}"#
            let statements = PolicyCase.policy(PolicyCase.statement(), PolicyCase.statement(condition))
            let policy = try TrustPolicy(parsing: Array(PolicyCase("", statements, .allowed).policy.utf8))
            guard case .undecided(let reason) = policy.breadth(try PolicyCase.question(), work: work) else {
                Issue.record("\(count)")
                continue
            }
            #expect(reason.contains("more patterns and audiences than can be tried"))
            guard count == 300 else { continue }
            #expect(policy.breadth(try PolicyCase.question()) == nil)
        }
    }

    @Test("accept only issuers that IAM accepts")
    func issuers() throws {
        for (url, namesPort) in [
            ("https://a", false), ("https://a:443/b", true), ("https://[::1]", false), ("https://[::1]:1", true),
            ("https://a/b:1", false),
        ] { #expect(try TrustedIssuer(url).namesPort == namesPort, "\(url)") }
        #expect(try TrustedIssuer("https://a.example/b/").name == "a.example/b/")
        #expect(try TrustedIssuer("HTTPS://a.example").key("sub") == "a.example:sub")
        for url in [
            "", "a.example", "http://a.example", "https://", "https:///x", "https://a?b", "https://a#b", "https://a b",
            "https://ä.example", "https://me@a.example", "https://me:x@a.example/b",
            "https://\(String(repeating: "a", count: 250))",
        ] {
            #expect(throws: AWSTrustError.self, "\(url)") { try TrustedIssuer(url) }
        }
    }
}
