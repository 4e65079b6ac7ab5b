internal import AWSIdentity
internal import JSON

extension TrustPolicyFiles {
    /// The largest file, in bytes. The output of `get-account-authorization-details` for the largest accounts is a few
    /// MiB.
    package static let maximumFile = 64 * 1024 * 1024
    /// The longest policy in the form of a text, in bytes. The longest one that IAM accepts has 8192 characters, each
    /// of which may take three bytes in a URL.
    private static let maximumPolicy = 64 * 1024

    /// Reads the JSON output of `aws iam get-role`, `list-roles` or `get-account-authorization-details`, or a policy
    /// alone; or several of these in a row. The policies are objects, or texts, perhaps URL-encoded.
    ///
    /// - Throws: `AWSTrustError`, also for a policy alone that cannot be used. An unusable policy of a role is an entry
    ///   instead.
    package mutating func add(_ text: [UInt8]) throws(AWSTrustError) {
        let documents = JSONDocuments.split(text)
        guard !documents.isEmpty else { throw .document("it is empty, or not JSON; \(Self.wanted)") }
        for document in documents {
            do {
                try JSONParser().parse(Array(document)) { try add($0) }
            } catch let error as AWSTrustError {
                throw error
            } catch {
                throw .document("\(error); \(Self.wanted)")
            }
        }
    }

    private static let wanted =
        "expected a trust policy, or what aws iam get-role, list-roles or get-account-authorization-details prints "
        + "with --output json"

    private mutating func add(_ root: JSONValue) throws(AWSTrustError) {
        if root.kind == .array { return try addRoles(root) }
        if root["Statement"] != nil {
            return try add(alone: TrustPolicy(root))
        } else if let role = root["Role"] {
            return try addRole(role)
        } else if root["AssumeRolePolicyDocument"] != nil {
            return try addRole(root)
        } else if let roles = root["Roles"] ?? root["RoleDetailList"] {
            return try addRoles(roles)
        }
        throw .document("it contains no trust policies of roles; \(Self.wanted)")
    }

    private mutating func addRoles(_ roles: JSONValue) throws(AWSTrustError) {
        guard roles.kind == .array else { throw .document("the roles must be a list") }
        for role in roles.elements { try addRole(role) }
    }

    private mutating func addRole(_ role: JSONValue) throws(AWSTrustError) {
        guard let arn = role["Arn"]?.string, let name = RoleARN(arn) else {
            throw .document("a role has no Arn, or its Arn does not name a role")
        }
        guard let policy = role["AssumeRolePolicyDocument"] else {
            throw .document("the role \(arn.cut(to: 200)) has no AssumeRolePolicyDocument")
        }
        add(Self.entry(policy), of: name, arn)
    }

    private static func entry(_ value: JSONValue) -> Entry {
        do {
            guard value.kind == .string else { return .policy(try TrustPolicy(value)) }
            guard let text = value.text, text.utf8.count <= maximumPolicy else {
                return .unusable("it has more than \(maximumPolicy) bytes")
            }
            guard let decoded = PercentEncoding.decode(text.utf8) else {
                return .unusable("its text is neither JSON nor JSON as in a URL")
            }
            return .policy(try TrustPolicy(parsing: decoded))
        } catch {
            return .unusable("\(error)")
        }
    }
}

enum PercentEncoding {
    /// The percent-decoded bytes of a text (RFC 3986, section 2.1). A text that begins with `{` is not encoded.
    ///
    /// - Returns: Nil if a `%` is not followed by two hexadecimal digits.
    static func decode(_ text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.first(where: { !$0.isSpace }) != UInt8(ascii: "{") else { return Array(text) }
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var rest = text[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                output.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                return nil
            }
            output.append(high << 4 | low)
        }
        return output
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}

/// Separates documents that follow each other, as when several commands print into one file.
enum JSONDocuments {
    /// The texts of the objects and arrays. Anything between them, or without an end, becomes the end of one of them:
    /// the parser says what is wrong with it.
    static func split(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        var documents: [ArraySlice<UInt8>] = []
        var (start, depth, isInString, isEscaped) = (0, 0, false, false)
        for (index, byte) in text.enumerated() {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                guard depth == 0 else { continue }
                documents.append(text[start...index])
                start = index + 1
            default: continue
            }
        }
        if text[start...].contains(where: { !$0.isSpace }) { documents.append(text[start...]) }
        return documents
    }
}
