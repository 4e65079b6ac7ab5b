import AWSIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("A role for a whole namespace", .timeLimit(.minutes(5)))
struct NamespaceRoleTests {
    private static let prefix = "eks.amazonaws.com"
    private static let namespaceRole = "arn:aws:iam::111122223333:role/namespace"

    private func mutate(
        _ account: DecisionInputs.Object,
        _ namespace: DecisionInputs.Object?,
        entries: String? = nil
    ) throws -> PureMutation {
        var settings = AWSSettings()
        settings.usesNamespaceRoles = true
        if entries != nil { settings.configMapNamespace = "eks" }
        return try PureMutation.run(
            try PodUnderTest.pod(),
            namespace: "ns",
            serviceAccount: account,
            namespaceObject: namespace,
            configurations: [PodUnderTest.configMap: entries ?? "{}"],
            providers: [IRSAProvider(settings: settings)]
        )
    }

    private let namespace = DecisionInputs.Object.known(
        Annotations([
            "\(prefix)/role-arn": namespaceRole, "\(prefix)/audience": "of-namespace",
            "\(prefix)/token-expiration": "7200", "\(prefix)/sts-regional-endpoints": "true",
        ])
    )

    @Test("applies with its settings to a ServiceAccount without a role")
    func applies() throws {
        let result = try mutate(.known(Annotations()), namespace)
        #expect(result.variable("AWS_ROLE_ARN") == Self.namespaceRole)
        #expect(result.variable("AWS_STS_REGIONAL_ENDPOINTS") == "regional")
        #expect(result.token?["audience"]?.string == "of-namespace" && result.expiration == 7200)
    }

    @Test("does not override the ServiceAccount's token settings")
    func ownSettings() throws {
        let account = Annotations(["\(Self.prefix)/audience": "own", "\(Self.prefix)/role-arn": ""])
        let result = try mutate(.known(account), namespace)
        #expect(result.variable("AWS_ROLE_ARN") == Self.namespaceRole)
        #expect(result.token?["audience"]?.string == "own" && result.expiration == 7200)
    }

    @Test("comes after those of the ServiceAccount and the ConfigMap, which get no settings of the Namespace")
    func order() throws {
        let own = Annotations(["\(Self.prefix)/role-arn": PodUnderTest.role])
        let result = try mutate(.known(own), namespace)
        #expect(result.variable("AWS_ROLE_ARN") == PodUnderTest.role)
        #expect(result.token?["audience"]?.string == "sts.amazonaws.com")
        let entries = #"{"ns/app": {"RoleARN": "arn:aws:iam::111122223333:role/map"}}"#
        let mapped = try mutate(.known(Annotations()), namespace, entries: entries)
        #expect(mapped.variable("AWS_ROLE_ARN") == "arn:aws:iam::111122223333:role/map")
    }

    @Test("is ignored if Namespaces are, or if the ServiceAccount is not known")
    func doesNotCount() throws {
        #expect(try mutate(.known(Annotations()), nil).reason == .noRole)
        #expect(try mutate(.known(Annotations()), .known(Annotations())).reason == .noRole)
        #expect(try mutate(.known(Annotations()), .absent).reason == .noRole)
        #expect(try mutate(.absent, namespace).reason == .serviceAccountNotFound)
        #expect(try mutate(.unavailable("x"), namespace).reason == .serviceAccountUnavailable)
        #expect(throws: PureMutationError.needsLookup) { try mutate(.unknown, namespace) }
        #expect(throws: PureMutationError.needsLookup) { try mutate(.known(Annotations()), .unknown) }
    }

    @Test("causes a warning if it cannot be looked up")
    func unavailable() throws {
        let result = try mutate(.known(Annotations()), .unavailable("no answer"))
        #expect(result.reason == .namespaceUnavailable && result.patch == .array([]))
        #expect(result.warnings == ["no identity is given: the Namespace ns could not be looked up: no answer"])
    }
}
