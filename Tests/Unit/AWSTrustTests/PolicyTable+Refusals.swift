extension PolicyCase {
    static let refused: [PolicyCase] = [
        PolicyCase("no statement", policy(), .notAllowed("no statement allows anything")),
        PolicyCase("only a Deny", policy(statement(effect: "Deny")), .denied("statement 1")),
        PolicyCase(
            "a Deny of all",
            policy(statement(), statement(nil, effect: "Deny", more: #","Sid":"No""#)),
            .denied("statement No")
        ),
        PolicyCase(
            "a Deny of other subjects",
            policy(statement(), statement(#"{"StringNotEquals":{"$I:sub":"a"}}"#, effect: "Deny")),
            .denied("statement 2")
        ),
        PolicyCase(
            "another name",
            subject("StringEquals", #"["system:serviceaccount:test:x","system:serviceaccount:prod:api"]"#),
            .notAllowed(
                "statement 1 allows sub system:serviceaccount:prod:api and 1 more, this is system:serviceaccount:prod:app"
            )
        ),
        PolicyCase(
            "another pattern",
            subject("StringLike", #""system:serviceaccount:test:*""#),
            .notAllowed("allows sub like system:serviceaccount:test:*, this is system:serviceaccount:prod:app")
        ),
        PolicyCase(
            "a wildcard that is taken literally",
            subject("StringEquals", #""system:serviceaccount:prod:*""#),
            .notAllowed("system:serviceaccount:prod:* (its * and ? are taken literally without StringLike), this is")
        ),
        PolicyCase(
            "a wildcard that is escaped",
            subject("StringLike", #""system:serviceaccount:prod:${*}""#),
            .notAllowed("allows sub like")
        ),
        PolicyCase(
            "other letters",
            subject("StringEquals", #""system:serviceaccount:prod:App""#),
            .notAllowed(":App in other letters, this")
        ),
        PolicyCase(
            "an excluded subject",
            subject("StringNotLike", #""*:prod:*""#),
            .notAllowed("excludes sub \(subject)")
        ),
        PolicyCase("no values", subject("StringEquals", "[]"), .notAllowed("a condition on sub without values")),
        PolicyCase(
            "another audience",
            policy(statement(#"{"StringEquals":{"$I:sub":"\#(subject)","$I:aud":"sts"}}"#)),
            .notAllowed("allows aud sts, this is sts.amazonaws.com")
        ),
        PolicyCase(
            "another subject and another audience",
            policy(statement(#"{"StringEquals":{"$I:sub":"a","$I:aud":"sts"}}"#)),
            .notAllowed("this is system:serviceaccount:prod:app, and allows aud sts")
        ),
        PolicyCase(
            "a key of another issuer",
            policy(statement(#"{"StringEquals":{"oidc.example.com/id/B2:sub":"\#(subject)"}}"#)),
            .notAllowed("B2:sub, a key of another issuer, this cluster's is \(issuer):sub")
        ),
        PolicyCase(
            "a key with https://",
            policy(statement(#"{"StringEquals":{"https://$I:aud":"sts.amazonaws.com"}}"#)),
            .notAllowed("https://\(issuer):aud, without https:// it is \(issuer):aud")
        ),
        PolicyCase(
            "any value of another issuer's key",
            policy(statement(#"{"ForAnyValue:StringNotEquals":{"accounts.google.com:aud":"x"}}"#)),
            .notAllowed("has the condition ForAnyValue:StringNotEquals on accounts.google.com:aud")
        ),
        PolicyCase(
            "an absent subject",
            policy(statement(#"{"Null":{"$I:sub":"true"}}"#)),
            .notAllowed("has the condition Null on")
        ),
        PolicyCase(
            "a provider of another account",
            policy(statement(principal: #"{"Federated":"arn:aws:iam::444455556666:oidc-provider/$I"}"#)),
            .notAllowed("of another account than the role's, this cluster's is \(provider)")
        ),
        PolicyCase(
            "a provider of another partition",
            policy(statement(principal: #"{"Federated":"arn:aws-cn:iam::111122223333:oidc-provider/$I"}"#)),
            .notAllowed("of another partition than the role's")
        ),
        PolicyCase(
            "a provider of another issuer",
            policy(
                statement(principal: #"{"Federated":"arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/B2"}"#)
            ),
            .notAllowed("of another issuer, this cluster's is")
        ),
        PolicyCase(
            "the nearest of several providers",
            policy(
                statement(principal: #"{"Federated":"arn:aws:iam::444455556666:oidc-provider/issuer.example.org"}"#),
                statement(
                    principal: #"{"Federated":["$P1","arn:aws:iam::111122223333:oidc-provider/x"]}"#,
                    more: #","Sid":"Near""#
                )
            ),
            .notAllowed("statement Near trusts the provider \(provider)1 and 1 more of another issuer")
        ),
        PolicyCase(
            "a provider with https://",
            policy(statement(principal: #"{"Federated":"arn:aws:iam::111122223333:oidc-provider/https://$I"}"#)),
            .notAllowed("with https://, which is no part of its name")
        ),
        PolicyCase(
            "a provider with a slash at the end",
            policy(statement(principal: #"{"Federated":"$P/"}"#)),
            .notAllowed("trusts the provider \(provider)/ of another issuer")
        ),
        PolicyCase(
            "a service alone",
            policy(statement(principal: #"{"Service":"ec2.amazonaws.com"}"#, action: #""sts:AssumeRole""#)),
            .notAllowed("trusts Service ec2.amazonaws.com and not the cluster's provider")
        ),
        PolicyCase(
            "SAML",
            policy(statement(principal: #"{"Federated":"arn:aws:iam::1:saml-provider/x"}"#)),
            .notAllowed("trusts arn:aws:iam::1:saml")
        ),
        PolicyCase("no principal at all", policy(statement(principal: "{}")), .notAllowed("trusts nobody")),
        PolicyCase(
            "another action",
            policy(statement(action: #"["sts:AssumeRole","sts:TagSession"]"#)),
            .notAllowed("is for the action sts:AssumeRole and 1 more and not for sts:AssumeRoleWithWebIdentity")
        ),
        PolicyCase(
            "the nearest of several statements",
            policy(
                statement(principal: #"{"Service":"pods.eks.amazonaws.com"}"#),
                statement(#"{"StringEquals":{"$I:sub":"system:serviceaccount:other:something"}}"#),
                statement(#"{"StringEquals":{"$I:sub":"system:serviceaccount:prod:ap"}}"#, more: #","Sid":"Near""#)
            ),
            .notAllowed("statement Near allows sub system:serviceaccount:prod:ap, this")
        ),
        PolicyCase(
            "a variable in the old version",
            subject("StringLike", #""${x}""#, version: "2008-10-17"),
            .notAllowed("allows sub like ${x}")
        ),
        PolicyCase(
            "a variable where nothing could match",
            subject("StringLike", #""${aws:username}:test:app""#),
            .notAllowed("allows sub like ${aws:username}:test:app")
        ),
        PolicyCase(
            "an unknown operator beside a condition that is false",
            policy(statement(#"{"ArnLike":{"$I:sub":"x"},"StringEquals":{"$I:sub":"x"}}"#)),
            .notAllowed("allows sub x")
        ),
    ]
}
