extension PolicyCase {
    static let open: [PolicyCase] = [
        PolicyCase(
            "an operator of ARNs",
            subject("ArnLike", #""*""#),
            .undecided("the condition ArnLike on \(issuer):sub, an operator")
        ),
        PolicyCase(
            "an operator in other letters",
            subject("stringequals", #""\#(subject)""#),
            .undecided("stringequals on")
        ),
        PolicyCase(
            "another quantifier",
            subject("ForSomeValues:StringEquals", #""a""#),
            .undecided("ForSomeValues:StringEquals")
        ),
        PolicyCase("Null with IfExists", subject("NullIfExists", #""false""#), .undecided("NullIfExists")),
        PolicyCase(
            "Null with another value",
            subject("Null", #""maybe""#),
            .undecided("which has a value other than true and false")
        ),
        PolicyCase(
            "an address",
            policy(statement(#"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#)),
            .undecided("IpAddress on aws:SourceIp")
        ),
        PolicyCase(
            "a global key",
            policy(statement(#"{"StringEquals":{"aws:SourceVpc":"vpc-1"}}"#)),
            .undecided("aws:SourceVpc, which depends on the call")
        ),
        PolicyCase(
            "a session name",
            policy(statement(#"{"StringLike":{"sts:RoleSessionName":"*"}}"#)),
            .undecided("sts:RoleSessionName")
        ),
        PolicyCase(
            "another claim",
            policy(statement(#"{"StringEquals":{"$I:amr":"x"}}"#)),
            .undecided("\(issuer):amr, which depends")
        ),
        PolicyCase(
            "a variable",
            subject("StringLike", #""system:serviceaccount:prod:${aws:username}""#),
            .undecided("which has a variable")
        ),
        PolicyCase(
            "NotAction",
            policy(#"{"Effect":"Allow","Principal":\#(federated),"NotAction":"sts:TagSession"}"#),
            .undecided("allows by NotAction")
        ),
        PolicyCase(
            "NotPrincipal",
            policy(#"{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"Action":\#(action)}"#),
            .undecided("allows by NotPrincipal")
        ),
        PolicyCase(
            "every provider",
            policy(statement(nil, principal: #"{"Federated":"*"}"#)),
            .undecided(#"the principal {"Federated": "*"}"#)
        ),
        PolicyCase("everybody", policy(statement(principal: #""*""#)), .undecided(#"the principal "*""#)),
        PolicyCase(
            "every AWS principal",
            policy(statement(principal: #"{"AWS":"*"}"#)),
            .undecided(#"the principal "*""#)
        ),
        PolicyCase(
            "a Deny of everybody",
            policy(statement(), statement(nil, principal: #""*""#, effect: "Deny")),
            .undecided(#"statement 2 denies by the principal "*""#)
        ),
        PolicyCase(
            "a tag of the role with a slash",
            policy(statement(#"{"StringEquals":{"aws:ResourceTag/acme:blocked":"x"}}"#)),
            .undecided("aws:ResourceTag/acme:blocked, which depends on the call")
        ),
        PolicyCase(
            "a tag of the role with a dot",
            policy(statement(#"{"StringNotEquals":{"aws:ResourceTag/acme.com/blocked":"x"}}"#)),
            .undecided("aws:ResourceTag/acme.com/blocked, which depends on the call")
        ),
        PolicyCase(
            "a key of SAML",
            policy(statement(#"{"StringNotEquals":{"saml:aud":"x"}}"#)),
            .undecided("saml:aud, which depends on the call")
        ),
        PolicyCase(
            "a key of IAM with a path",
            policy(statement(#"{"StringNotEquals":{"iam:ResourceTag/a/b":"x"}}"#)),
            .undecided("iam:ResourceTag/a/b, which depends on the call")
        ),
        PolicyCase(
            "a Deny that depends on the call",
            policy(
                statement(),
                statement(#"{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#, effect: "Deny")
            ),
            .undecided("statement 2 denies by the condition NotIpAddress on aws:SourceIp")
        ),
    ]

    static let malformed: [PolicyCase] = [
        PolicyCase("nothing", "", .malformed("empty")),
        PolicyCase("no object", "[]", .malformed("a policy is an object")),
        PolicyCase("no JSON", #"{"Statement":[}"#, .malformed("malformed JSON")),
        PolicyCase("no statements", #"{"Version":"2012-10-17"}"#, .malformed("Statement is missing")),
        PolicyCase("another version", policy(version: "2012-10-18"), .malformed("Version is 2012-10-17 or 2008-10-17")),
        PolicyCase(
            "a version that is a number",
            #"{"Version":2012,"Statement":[]}"#,
            .malformed("Version must be a text")
        ),
        PolicyCase(
            "a name in small letters",
            #"{"statement":[]}"#,
            .malformed("statement is not an element of a policy")
        ),
        PolicyCase("a statement twice", #"{"Statement":[],"Statement":[]}"#, .malformed("Statement appears twice")),
        PolicyCase("a statement that is a text", #"{"Statement":["x"]}"#, .malformed("Statement[0] must be an object")),
        PolicyCase(
            "no effect",
            policy(#"{"Principal":"*","Action":"*"}"#),
            .malformed("Statement[0].Effect is missing")
        ),
        PolicyCase(
            "another effect",
            policy(statement(), statement(effect: "allow")),
            .malformed("Statement[1].Effect must be Allow or Deny")
        ),
        PolicyCase(
            "no principal",
            policy(#"{"Effect":"Allow","Action":"*"}"#),
            .malformed("Statement[0].Principal is missing")
        ),
        PolicyCase(
            "no action",
            policy(#"{"Effect":"Allow","Principal":"*"}"#),
            .malformed("Statement[0].Action is missing")
        ),
        PolicyCase(
            "both principals",
            policy(statement(more: #","NotPrincipal":"*""#)),
            .malformed("NotPrincipal cannot be combined with")
        ),
        PolicyCase(
            "both actions",
            policy(statement(more: #","NotAction":"*""#)),
            .malformed("NotAction cannot be combined with")
        ),
        PolicyCase(
            "a principal that is a text",
            policy(statement(principal: #""$P""#)),
            .malformed("Principal must be \"*\" or an object")
        ),
        PolicyCase(
            "another kind of principal",
            policy(statement(principal: #"{"federated":"$P"}"#)),
            .malformed("Principal.federated is not a kind")
        ),
        PolicyCase(
            "a principal that is a number",
            policy(statement(principal: #"{"AWS":[1]}"#)),
            .malformed("Principal.AWS[0] must be a text")
        ),
        PolicyCase(
            "a resource",
            policy(statement(more: #","Resource":"*""#)),
            .malformed("Statement[0].Resource cannot be in a trust policy")
        ),
        PolicyCase(
            "another element",
            policy(statement(more: #","Conditions":{}"#)),
            .malformed("Conditions is not an element of a statement")
        ),
        PolicyCase(
            "a condition that is a list",
            policy(statement("[]")),
            .malformed("Statement[0].Condition must be an object")
        ),
        PolicyCase(
            "an operator with a text",
            policy(statement(#"{"StringEquals":"x"}"#)),
            .malformed("Condition.StringEquals must be an object")
        ),
        PolicyCase(
            "a key with an object",
            subject("StringEquals", "{}"),
            .malformed("Condition.StringEquals.\(issuer):sub must be a text")
        ),
        PolicyCase("a key with null", subject("StringEquals", "[null]"), .malformed("\(issuer):sub[0] must be a text")),
        PolicyCase(
            "a key twice",
            policy(statement(#"{"StringEquals":{"a":"1","a":"2"}}"#)),
            .malformed("StringEquals.a appears twice")
        ),
        PolicyCase(
            "an operator twice",
            policy(statement(#"{"Null":{},"N\u0075ll":{}}"#)),
            .malformed("Condition.Null appears twice")
        ),
    ]

    static let all = usual + wide + refused + open + malformed
}
