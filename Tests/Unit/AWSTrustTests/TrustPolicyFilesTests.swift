import AWSIdentity
import JSON
import Testing

@testable import AWSTrust

@Suite("Files of trust policies", .timeLimit(.minutes(5)))
struct TrustPolicyFilesTests {
    private static let arn = "arn:aws:iam::111122223333:role/app"
    private static let policy = PolicyCase("", PolicyCase.policy(PolicyCase.statement()), .allowed).policy
    /// The policy as returned by IAM's API.
    private static let encoded = policy.utf8.map { byte -> String in
        let isPlain = Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
        let digits = String(byte, radix: 16, uppercase: true)
        return isPlain ? String(Unicode.Scalar(byte)) : "%" + (digits.count < 2 ? "0" : "") + digits
    }.joined()

    private static func role(_ document: String = policy, arn: String = arn) -> String {
        #"{"RoleName":"app","Arn":"\#(arn)","Tags":[],"AssumeRolePolicyDocument":\#(document)}"#
    }

    private static func files(_ texts: String...) throws -> TrustPolicyFiles {
        var files = TrustPolicyFiles()
        for text in texts { try files.add(Array(text.utf8)) }
        return files
    }

    @Test(
        "can be the AWS CLI's output, with policies as objects or as text",
        arguments: [
            #"{"Role":\#(role())}"#, role(), #"{"Roles":[\#(role())],"IsTruncated":false}"#, "[\(role())]",
            #"{"UserDetailList":[{"Arn":"x"}],"RoleDetailList":[\#(role())],"Policies":[]}"#,
            #"{"Role":\#(role("\"\(encoded)\""))}"#,
            #"{"Role":\#(role(JSONString(policy.replacing("{\"Effect\"", with: "{\"Sid\":\"50%\",\"Effect\"")).lexeme))}"#,
            #"{"Role":\#(role())}"# + "\n\n" + #"{"Role":\#(role(arn: "\(arn)2"))}"#,
            "{\"Roles\":[]}\n" + role(), "\n\t " + role() + "\r\n",
            role().replacing(#""Tags":[]"#, with: #""Description":"a\"}{\\""#),
        ]
    )
    func shapes(_ text: String) throws {
        let files = try Self.files(text)
        guard case .policy(let policy) = files.roles[Self.arn] else {
            Issue.record("\(files)")
            return
        }
        let name = text.contains("%\\") ? "50%" : "1"
        #expect(policy.answer(to: try PolicyCase.question()) == .allowed(statement: "statement \(name)"))
        #expect(files.alone == nil)
    }

    @Test("can be a policy alone, without its role")
    func alone() throws {
        let policy = try #require(try Self.files(Self.policy).alone)
        #expect(policy.answer(to: try PolicyCase.question()) == .allowed(statement: "statement 1"))
        #expect(try Self.files(Self.policy, Self.policy).roles.isEmpty)
        let other = Self.policy.replacing("app", with: "other")
        #expect(throws: AWSTrustError.self) { try Self.files(Self.policy, other) }
        let error = #expect(throws: AWSTrustError.self) { try Self.files(#"{"Statement":5}"#) }
        #expect(error?.description == "Statement must be an object")
    }

    @Test(
        "are refused if they are anything else",
        arguments: [
            ("", "it is empty"), (" \n", "it is empty"), ("ROLE\tapp", "malformed JSON"),
            (#"{"Role":"#, "malformed JSON"),
            ("{}", "it contains no trust policies of roles; expected a trust policy, or"),
            ("\"x\"", "it contains no trust policies of roles"),
            ("}", "malformed JSON"),
            (#"{"Roles":{}}"#, "the roles must be a list"), (#"{"Roles":[1]}"#, "a role has no Arn"),
            (#"{"Role":{"Arn":"arn:aws:iam::1:role/x"}}"#, "a role has no Arn"),
            ("{} x", "it contains no trust policies"),
            (#"{"Role":{"Arn":"\#(arn)"}}"#, "has no AssumeRolePolicyDocument"), ("[1", "malformed JSON"),
            (#"{"Policy":{"Arn":"\#(arn)"}}"#, "it contains no trust policies of roles"),
        ]
    )
    func refusals(_ text: String, _ words: String) {
        let error = #expect(throws: AWSTrustError.self) { try Self.files(text) }
        #expect(error?.description.contains(words) ?? false, "\(error?.description ?? "no error")")
    }

    @Test(
        "can have an unusable policy, which affects only its role",
        arguments: [
            ("5", "a policy is an object"), ("\"%7\"", "neither JSON nor JSON as in a URL"),
            ("\"%zz\"", "neither JSON"),
            ("\"\"", "empty"), ("\"\(String(repeating: "%20", count: 30000))\"", "more than 65536 bytes"),
            (#"{"Statement":{"Effect":"Allow"}}"#, "Statement.Principal is missing"),
        ]
    )
    func unusable(_ document: String, _ words: String) throws {
        let files = try Self.files(#"{"Roles":[\#(Self.role(document)),\#(Self.role(arn: "\(Self.arn)2"))]}"#)
        guard case .unusable(let reason) = files.roles[Self.arn], case .policy = files.roles["\(Self.arn)2"] else {
            Issue.record("\(files)")
            return
        }
        #expect(reason.contains(words), "\(reason)")
    }

    @Test("can have a role twice, but not with different policies")
    func twice() throws {
        guard case .policy = try Self.files(Self.role(), Self.role("\"\(Self.encoded)\"")).roles[Self.arn] else {
            Issue.record("the policy is missing")
            return
        }
        let other = Self.policy.replacing("app", with: "other")
        let entry = try Self.files(Self.role(), Self.role(other)).roles[Self.arn]
        #expect(entry == .unusable("the files have different policies for the role"))
    }

    @Test("find the role for an ARN without its path")
    func paths() throws {
        let files = try Self.files(Self.role(arn: "arn:aws:iam::111122223333:role/team/app"))
        #expect(
            files.roleWithOtherPath(than: try PolicyCase.question().role) == "arn:aws:iam::111122223333:role/team/app"
        )
        let other = try PolicyCase.question("arn:aws:iam::444455556666:role/app").role
        #expect(files.roleWithOtherPath(than: other) == nil)
    }
}
