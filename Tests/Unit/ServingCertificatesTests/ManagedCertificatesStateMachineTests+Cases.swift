import Testing

@testable import NIOOpenSSL
@testable import ServingCertificates

extension ManagedCertificatesStateMachineTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var secret: Machine.Secret?
        var registration = Machine.Registration(bundles: [["A"]])
        var serving: Certificate? = leaf
        /// How long the registration has been unchanged, in seconds.
        var age: Int64 = 3600
        let action: Machine.Action?
    }

    static let cases: [Case] = [
        Case(testDescription: "Nothing needs to be done", secret: complete, action: nil),
        Case(
            testDescription: "Nothing exists: a CA is created, and signs immediately",
            secret: nil,
            registration: Machine.Registration(),
            serving: nil,
            action: .writeSecret(.init(makesAuthority: true, authorities: [], newestSigns: true))
        ),
        Case(
            testDescription: "A certificate is served before the bundle is written: there are no calls yet",
            secret: complete,
            registration: Machine.Registration(bundles: [[]]),
            serving: nil,
            action: .serve(issuer: authority)
        ),
        Case(
            testDescription: "The bundle is written",
            secret: complete,
            registration: Machine.Registration(bundles: [["A"], []]),
            action: .writeBundles([authority])
        ),
        Case(
            testDescription: "An unreadable bundle is overwritten",
            secret: complete,
            registration: Machine.Registration(bundles: [nil]),
            action: .writeBundles([authority])
        ),
        Case(
            testDescription: "A bundle with an unknown CA is overwritten",
            secret: complete,
            registration: Machine.Registration(bundles: [["A", "X"]]),
            action: .writeBundles([authority])
        ),
        Case(
            testDescription: "Without a registration there is nothing to write",
            secret: complete,
            registration: Machine.Registration(),
            action: nil
        ),
        Case(
            testDescription:
                "The Secret is missing: our CA in the registration stays trusted, and the new one has to settle",
            secret: nil,
            registration: Machine.Registration(bundles: [["A"]], authorities: [authority]),
            action: .writeSecret(.init(makesAuthority: true, authorities: [authority], newestSigns: false))
        ),
        Case(
            testDescription: "The newest CA's key is missing: another CA is created",
            secret: Machine.Secret(authorities: [authority], hasNewestKey: false),
            action: .writeSecret(.init(makesAuthority: true, authorities: [authority], newestSigns: false))
        ),
        Case(
            testDescription: "The Secret does not say which CA signs, and this replica has seen the CA settle",
            secret: Machine.Secret(authorities: [authority], hasNewestKey: true),
            action: .writeSecret(.init(authorities: [authority], newestSigns: true))
        ),
        Case(
            testDescription: "The Secret does not say which CA signs: a replica that starts waits",
            secret: Machine.Secret(authorities: [authority], hasNewestKey: true),
            serving: nil,
            age: 59,
            action: nil
        ),
        Case(
            testDescription: "Two thirds of the certificate's lifetime are over",
            secret: complete,
            serving: certificate("a", issuer: "A", age: 60, of: 90),
            action: .serve(issuer: authority)
        ),
        Case(
            testDescription: "The certificate has expired, and nothing has settled",
            secret: complete,
            registration: Machine.Registration(bundles: [[]]),
            serving: certificate("a", issuer: "A", age: 90, of: 90),
            action: .serve(issuer: authority)
        ),
        Case(
            testDescription: "A certificate that expires with its CA is not renewed: a new one would not last longer",
            secret: Machine.Secret(authorities: [ending], hasNewestKey: true, signer: ending),
            serving: Certificate(id: "a", issuer: "A", notBefore: now - 86 * day, notAfter: ending.notAfter),
            action: .writeSecret(.init(makesAuthority: true, authorities: [ending], newestSigns: false))
        ),
        Case(
            testDescription: "Two thirds of the CA's lifetime are over",
            secret: Machine.Secret(authorities: [old], hasNewestKey: true, signer: old),
            action: .writeSecret(.init(makesAuthority: true, authorities: [old], newestSigns: false))
        ),
        Case(
            testDescription: "A bundle is repaired before a CA is created, because the Secret may be immutable",
            secret: Machine.Secret(authorities: [old], hasNewestKey: true, signer: old),
            registration: Machine.Registration(bundles: [[]]),
            action: .writeBundles([old])
        ),
        Case(
            testDescription: "A new CA enters the bundle",
            secret: exchange,
            action: .writeBundles([next, authority])
        ),
        Case(
            testDescription: "The old CA signs while the new one has not settled",
            secret: exchange,
            registration: both,
            serving: nil,
            age: 0,
            action: .serve(issuer: authority)
        ),
        Case(
            testDescription: "A new CA does not sign while it is new in the bundle",
            secret: exchange,
            registration: both,
            age: 59,
            action: nil
        ),
        Case(
            testDescription: "A new CA signs once it has settled",
            secret: exchange,
            registration: both,
            age: 60,
            action: .writeSecret(.init(authorities: [next, authority], newestSigns: true))
        ),
        Case(
            testDescription: "A new CA's certificate is not served until this replica has seen the CA settle",
            secret: exchanged,
            registration: both,
            age: 59,
            action: nil
        ),
        Case(
            testDescription: "A new CA's certificate is served once this replica has seen the CA settle",
            secret: exchanged,
            registration: both,
            age: 60,
            action: .serve(issuer: next)
        ),
        Case(
            testDescription: "A replica that starts relies on the Secret for whether the new CA has settled",
            secret: exchanged,
            registration: both,
            serving: nil,
            age: 0,
            action: .serve(issuer: next)
        ),
        Case(
            testDescription: "A new CA's certificate is served immediately if the current one is not trusted",
            secret: exchanged,
            registration: Machine.Registration(bundles: [["B"]]),
            age: 0,
            action: .serve(issuer: next)
        ),
        Case(
            testDescription: "A new CA that one of the webhooks does not trust has not settled",
            secret: exchanged,
            registration: Machine.Registration(bundles: [["A", "B"], ["A"]]),
            action: .writeBundles([next, authority])
        ),
        Case(
            testDescription: "A new CA's certificate is served immediately if there are no calls",
            secret: exchanged,
            registration: Machine.Registration(),
            age: 0,
            action: .serve(issuer: next)
        ),
        Case(
            testDescription: "A new CA signs immediately if there are no calls",
            secret: exchange,
            registration: Machine.Registration(),
            age: 0,
            action: .writeSecret(.init(authorities: [next, authority], newestSigns: true))
        ),
        Case(
            testDescription: "An old CA is removed when all its certificates have expired",
            secret: Machine.Secret(authorities: [settled, old], hasNewestKey: true, signer: settled),
            registration: Machine.Registration(bundles: [["A", "B"]], authorities: [settled, old]),
            serving: settledLeaf,
            action: .writeSecret(.init(authorities: [settled], newestSigns: false))
        ),
        Case(
            testDescription: "An old CA that is no longer in the Secret is removed from the bundle",
            secret: Machine.Secret(authorities: [settled], hasNewestKey: true, signer: settled),
            registration: Machine.Registration(bundles: [["A", "B"]], authorities: [settled, old]),
            serving: settledLeaf,
            action: .writeBundles([settled])
        ),
        Case(
            testDescription: "An old CA stays while other replicas may only just have seen the new one",
            secret: Machine.Secret(authorities: [settled, old], hasNewestKey: true, signer: settled),
            registration: Machine.Registration(bundles: [["A", "B"]], authorities: [settled, old]),
            serving: settledLeaf,
            age: 119,
            action: nil
        ),
        Case(
            testDescription: "An older Secret was restored: the bundle keeps its CA",
            secret: complete,
            registration: Machine.Registration(bundles: [["B"]], authorities: [next]),
            serving: nextLeaf,
            action: .writeBundles([authority, next])
        ),
        Case(
            testDescription: "An older Secret was restored, and the bundle is lost: the serving CA enters it",
            secret: complete,
            registration: Machine.Registration(bundles: [[]]),
            serving: nextLeaf,
            action: .writeBundles([authority, next])
        ),
        Case(
            testDescription: "The replica waits for a CA that is valid from tomorrow while another one signs",
            secret: Machine.Secret(authorities: [tomorrow, authority], hasNewestKey: true, signer: authority),
            registration: Machine.Registration(bundles: [["A", "T"]]),
            action: nil
        ),
        Case(
            testDescription: "A CA that is valid from tomorrow is no help alone: another one is created",
            secret: Machine.Secret(authorities: [tomorrow], hasNewestKey: true, signer: tomorrow),
            registration: Machine.Registration(bundles: [["T"]]),
            serving: nil,
            action: .writeSecret(.init(makesAuthority: true, authorities: [tomorrow], newestSigns: false))
        ),
    ]
}
