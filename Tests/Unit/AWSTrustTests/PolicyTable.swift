extension PolicyCase {
    static let usual: [PolicyCase] = [
        PolicyCase("the usual one", policy(statement()), .allowed),
        PolicyCase(
            "one statement that is no list",
            #"{"Version":"2012-10-17","Statement":\#(statement())}"#,
            .allowed
        ),
        PolicyCase("no version", #"{"Statement":[\#(statement())]}"#, .allowed),
        PolicyCase(
            "the old version, and an Id",
            #"{"Id":"x","Version":"2008-10-17","Statement":[\#(statement())]}"#,
            .allowed
        ),
        PolicyCase("a name", policy(statement(more: #","Sid":"App""#)), .allowed),
        PolicyCase("no condition on aud", subject("StringEquals", #""system:serviceaccount:prod:app""#), .allowed),
        PolicyCase(
            "several subjects",
            subject("StringEquals", #"["system:serviceaccount:prod:api","system:serviceaccount:prod:app"]"#),
            .allowed
        ),
        PolicyCase(
            "subjects of several namespaces in full",
            subject("StringEquals", #"["system:serviceaccount:test:app","system:serviceaccount:prod:app"]"#),
            .allowed
        ),
        PolicyCase(
            "every ServiceAccount of the namespace",
            subject("StringLike", #""system:serviceaccount:prod:*""#),
            .allowed
        ),
        PolicyCase("a pattern in the name", subject("StringLike", #""system:serviceaccount:prod:a?p""#), .allowed),
        PolicyCase(
            "StringLike without a wildcard",
            subject("StringLike", #""system:serviceaccount:prod:app""#),
            .allowed
        ),
        PolicyCase(
            "other letters without regard to them",
            subject("StringEqualsIgnoreCase", #""System:ServiceAccount:PROD:App""#),
            .allowed
        ),
        PolicyCase("IfExists", subject("StringEqualsIfExists", #""system:serviceaccount:prod:app""#), .allowed),
        PolicyCase("ForAnyValue", subject("ForAnyValue:StringEquals", #""system:serviceaccount:prod:app""#), .allowed),
        PolicyCase("ForAllValues", subject("ForAllValues:StringLike", #"["system:serviceaccount:prod:*"]"#), .allowed),
        PolicyCase(
            "ForAllValues with IfExists",
            subject("ForAllValues:StringEqualsIfExists", #""system:serviceaccount:prod:app""#),
            .allowed
        ),
        PolicyCase(
            "keys in other letters",
            policy(statement(#"{"StringEquals":{"OIDC.example.com/ID/a1:SUB":"system:serviceaccount:prod:app"}}"#)),
            .allowed
        ),
        PolicyCase(
            "the provider among others",
            policy(statement(principal: #"{"Federated":["accounts.google.com","$P"],"AWS":"111122223333"}"#)),
            .allowed
        ),
        PolicyCase(
            "the provider beside every AWS principal",
            policy(statement(principal: #"{"AWS":"*","Federated":"$P"}"#)),
            .allowed
        ),
        PolicyCase("actions as a list", policy(statement(action: #"["sts:TagSession",\#(action)]"#)), .allowed),
        PolicyCase(
            "an action in other letters",
            policy(statement(action: #""STS:assumerolewithwebidentity""#)),
            .allowed
        ),
        PolicyCase("an action with a wildcard", policy(statement(action: #""sts:AssumeRole*""#)), .allowed),
        PolicyCase("every action of STS", policy(statement(action: #""sts:*""#)), .allowed),
        PolicyCase(
            "the second statement",
            policy(
                statement(principal: #"{"Service":"ec2.amazonaws.com"}"#, action: #""sts:AssumeRole""#),
                statement()
            ),
            .allowed
        ),
        PolicyCase(
            "the key is there, by Null",
            policy(
                statement(#"{"Null":{"$I:sub":"false"},"StringEquals":{"$I:sub":"system:serviceaccount:prod:app"}}"#)
            ),
            .allowed
        ),
        PolicyCase(
            "another issuer's key is absent, by Null",
            policy(statement(#"{"Null":{"accounts.google.com:aud":true},"StringLike":{"$I:sub":"*:prod:app"}}"#)),
            .allowed
        ),
        PolicyCase(
            "another issuer's key only if it exists",
            policy(
                statement(
                    #"{"StringEqualsIfExists":{"accounts.google.com:aud":"x"},"StringEquals":{"$I:sub":"\#(subject)"}}"#
                )
            ),
            .allowed
        ),
        PolicyCase(
            "a Deny of another namespace",
            policy(statement(), statement(#"{"StringLike":{"$I:sub":"*:test:*"}}"#, effect: "Deny")),
            .allowed
        ),
        PolicyCase(
            "a Deny of another action that is unknown besides",
            policy(
                statement(),
                statement(
                    #"{"Bool":{"aws:SecureTransport":"false"}}"#,
                    principal: #""*""#,
                    action: #""sts:AssumeRole""#,
                    effect: "Deny"
                )
            ),
            .allowed
        ),
        PolicyCase(
            "all values of a key that is absent",
            policy(
                statement(
                    #"{"ForAllValues:StringEquals":{"accounts.google.com:aud":"x"},"StringEquals":{"$I:sub":"\#(subject)"}}"#
                )
            ),
            .allowed
        ),
        PolicyCase("an escaped wildcard of another value", subject("StringLike", #"["${*}","*:prod:app"]"#), .allowed),
    ]

    static let wide: [PolicyCase] = [
        PolicyCase("no condition", policy(statement(nil)), .everyPod),
        PolicyCase("an empty condition", policy(statement("{}")), .everyPod),
        PolicyCase(
            "a condition on aud alone",
            policy(statement(#"{"StringEquals":{"$I:aud":"sts.amazonaws.com"}}"#)),
            .everyPod
        ),
        PolicyCase("every subject", subject("StringLike", #""*""#), .everyPod),
        PolicyCase("every ServiceAccount", subject("StringLike", #""system:serviceaccount:*""#), .everyPod),
        PolicyCase("every namespace and name", subject("StringLike", #""system:serviceaccount:*:*""#), .everyPod),
        PolicyCase("all but one", subject("StringNotEquals", #""system:serviceaccount:prod:api""#), .everyPod),
        PolicyCase(
            "all but a namespace",
            subject("StringNotLike", #""system:serviceaccount:kube-system:*""#),
            .everyPod
        ),
        PolicyCase("a subject that is there", policy(statement(#"{"Null":{"$I:sub":"false"}}"#)), .everyPod),
        PolicyCase(
            "a statement without a condition beside the usual one",
            policy(statement(), statement(nil)),
            .everyPod
        ),
        PolicyCase(
            "every pod that asks for a token of another audience",
            policy(statement(), statement(#"{"StringEquals":{"$I:aud":["x","other"]}}"#)),
            .everyPod
        ),
        PolicyCase(
            "the name in every namespace",
            subject("StringLike", #""system:serviceaccount:*:app""#),
            .otherNamespaces("system:serviceaccount:x:app")
        ),
        PolicyCase(
            "namespaces of a beginning",
            subject("StringLike", #""system:serviceaccount:prod*:app""#),
            .otherNamespaces("system:serviceaccount:prodx:app")
        ),
        PolicyCase(
            "a beginning without a colon",
            subject("StringLike", #""system:serviceaccount:prod*""#),
            .otherNamespaces("system:serviceaccount:prodx:x")
        ),
        PolicyCase(
            "one character of the namespace",
            subject("StringLike", #""system:serviceaccount:pro?:app""#),
            .otherNamespaces("system:serviceaccount:prox:app")
        ),
        PolicyCase(
            "an end of namespaces",
            subject("StringLike", #""*prod:app""#),
            .otherNamespaces("system:serviceaccount:xprod:app")
        ),
        PolicyCase("an end", subject("StringLike", #""*:app""#), .otherNamespaces("system:serviceaccount:x:app")),
        PolicyCase(
            "namespaces of a beginning, with one that is denied",
            policy(
                statement(#"{"StringLike":{"$I:sub":"system:serviceaccount:prod*:app"}}"#),
                statement(#"{"StringEquals":{"$I:sub":"system:serviceaccount:prodx:app"}}"#, effect: "Deny")
            ),
            .otherNamespaces("system:serviceaccount:prody:app")
        ),
        PolicyCase(
            "a wide pattern that a narrow condition restricts",
            policy(
                statement(
                    #"{"StringLike":{"$I:sub":"system:serviceaccount:*:app"},"StringEquals":{"$I:sub":"\#(subject)"}}"#
                )
            ),
            .allowed
        ),
        PolicyCase(
            "all but namespaces with a hyphen",
            subject("StringNotLike", #""system:serviceaccount:*-*:*""#),
            .others("system:serviceaccount:x:x")
        ),
        PolicyCase(
            "all but names with some letters, and but the shortest",
            subject("StringNotLike", #"["system:serviceaccount:*[-xyz]*","*-*","*x*","*:?:*","*:??:*"]"#),
            .others("system:serviceaccount:aaa:aaa")
        ),
        PolicyCase(
            "a pattern that one of the strangers has by chance",
            subject("StringLike", #"["\#(subject)","system:serviceaccount:?-*:?-?"]"#),
            .otherNamespaces("system:serviceaccount:x-:x-x")
        ),
        PolicyCase(
            "every pod with another audience",
            policy(statement(), statement(#"{"StringNotEquals":{"$I:aud":"sts.amazonaws.com"}}"#)),
            .everyPod
        ),
        PolicyCase(
            "every pod but with one audience",
            policy(
                statement(nil),
                statement(
                    #"{"StringEquals":{"$I:aud":"sts.amazonaws.com"},"StringNotEquals":{"$I:sub":"\#(subject)"}}"#,
                    effect: "Deny"
                )
            ),
            .everyPod
        ),
        PolicyCase(
            "every pod with an audience that a Deny leaves out",
            policy(
                statement(nil),
                statement(
                    #"{"StringNotEquals":{"$I:aud":["sts.amazonaws.com","x"]}}"#,
                    effect: "Deny"
                ),
                statement(
                    #"{"StringEquals":{"$I:aud":"sts.amazonaws.com"},"StringNotEquals":{"$I:sub":"\#(subject)"}}"#,
                    effect: "Deny"
                )
            ),
            .everyPod
        ),
        PolicyCase(
            "others, depending on the call",
            policy(statement(), statement(#"{"StringEquals":{"aws:SourceVpc":"vpc-1"}}"#)),
            .undecidedBreadth("statement 2 allows by the condition StringEquals on aws:SourceVpc")
        ),
        PolicyCase(
            "others by another operator",
            policy(statement(), statement(#"{"ArnLike":{"$I:sub":"*"}}"#)),
            .undecidedBreadth("statement 2 allows by the condition ArnLike")
        ),
        PolicyCase(
            "a wide pattern with a Deny of all other namespaces",
            policy(
                statement(#"{"StringLike":{"$I:sub":"system:serviceaccount:*"}}"#),
                statement(#"{"StringNotLike":{"$I:sub":"system:serviceaccount:prod:*"}}"#, effect: "Deny")
            ),
            .allowed
        ),
    ]
}
