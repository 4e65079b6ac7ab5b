import AWSIdentity
import AzureIdentity
import FederationProfiles
import GoogleIdentity
import JSON
import PodIdentity
import TestSupport
import Testing

@testable import pod_identity_webhook

/// A profile must not write what a compiled provider writes. Everything that the recorded pods get from the providers
/// must be a reserved name.
@Suite("The reserved names", .timeLimit(.minutes(5)))
struct ReservedNamesTests {
    @Test("include everything that the AWS providers write", arguments: [true, false])
    func aws(_ isChanged: Bool) throws {
        var credentials = EKSPodIdentitySettings(identitiesFile: "identities.json")
        if isChanged { (credentials.tokenVolumeName, credentials.tokenMountPath) = ("other-volume", "/other/folder") }
        var all = Written()
        for sample in try ConformanceCase.all(.a, .b, .c) {
            var settings = sample.profile.settings
            settings.annotatesPods = true
            let result = try PureMutation.run(
                sample.pod,
                namespace: sample.namespace,
                serviceAccount: .known(Annotations(of: sample.serviceAccount)),
                configurations: [.file(path: "identities.json"): ConformanceCase.identities([sample]) { $0.namespace }],
                providers: [
                    EKSPodIdentityProvider(settings: settings, credentials: credentials),
                    IRSAProvider(settings: settings),
                ]
            )
            all.check(Written(sample.pod, result.pod), settings.reservedNames(credentials))
        }
        #expect(all.variables.count == 7 && all.volumes.count == 2 && !all.keys.isEmpty, "\(all.variables)")
        #expect(all.mounts.count == 3, "\(all.mounts)")
    }

    @Test("include everything that the Google provider writes")
    func google() throws {
        var all = Written()
        for mode in GoogleSettings.Mode.allCases {
            for sample in try CloudCase.all(.g) {
                var settings = GoogleSettings()
                (settings.mode, settings.region) = (mode, "here")
                let result = try PureMutation.run(
                    sample.pod,
                    namespace: sample.namespace,
                    serviceAccount: sample.accountObject,
                    providers: [GoogleIdentityProvider(settings: settings)]
                )
                all.check(Written(sample.pod, result.pod), settings.reservedNames)
            }
        }
        #expect(all.variables.count >= 5 && all.volumes.count == 3 && all.mounts.count == 3 && !all.keys.isEmpty)
    }

    @Test(
        "include everything that the Azure provider writes",
        arguments: [.system, .data("x"), .configMap("ca"), .trustBundle(signerName: "s", labelSelector: nil)]
            as [CustomTokenEndpoint.Authorities]
    )
    func azure(_ authorities: CustomTokenEndpoint.Authorities) throws {
        var settings = AzureSettings()
        settings.tenantID = "11111111-1111-1111-1111-111111111111"
        settings.tokenMountPath = "/other/folder"
        var endpoint = CustomTokenEndpoint(annotationSuffix: "own", audience: "a", url: "https://x", serverName: "y")
        endpoint.authorities = authorities
        settings.tokenEndpoint = endpoint
        var all = Written()
        for sample in try CloudCase.all(.z) {
            var pod = sample.pod
            var annotations = pod[path: ["metadata", "annotations"]] ?? .object([:])
            annotations["azure.workload.identity/use-own"] = .string("true")
            pod[path: ["metadata", "annotations"]] = annotations
            let result = try PureMutation.run(
                pod,
                namespace: sample.namespace,
                serviceAccount: sample.accountObject,
                serverVersion: ServerVersion(1, 36),
                providers: [AzureIdentityProvider(settings: settings)]
            )
            all.check(Written(pod, result.pod), settings.reservedNames)
        }
        #expect(all.variables.count >= 6 && !all.volumes.isEmpty && all.mounts == ["/other/folder"])
    }
}

/// What was added to a pod.
private struct Written {
    var variables: Set<String> = []
    var volumes: Set<String> = []
    var mounts: Set<String> = []
    /// The keys of annotations and labels.
    var keys: Set<String> = []

    init() {}

    /// Added containers are left out, because no profile has any.
    init(_ before: JSONTree, _ after: JSONTree) {
        for list in ["containers", "initContainers"] {
            let own = before[path: ["spec", list]]?.elements ?? []
            for container in after[path: ["spec", list]]?.elements ?? [] {
                guard let before = own.first(where: { $0["name"] == container["name"] }) else { continue }
                variables.formUnion(Self.added("env", "name", before, container))
                mounts.formUnion(Self.added("volumeMounts", "mountPath", before, container))
            }
        }
        volumes = Self.added("volumes", "name", before["spec"], after["spec"])
        for field in ["annotations", "labels"] {
            let own = before[path: ["metadata", field]]?.members ?? []
            let members = after[path: ["metadata", field]]?.members ?? []
            keys.formUnion(members.filter { !own.contains($0) }.map(\.key.value))
        }
    }

    private static func added(_ list: String, _ field: String, _ before: JSONTree?, _ after: JSONTree?) -> Set<String> {
        let own = before?[list]?.elements ?? []
        let elements = after?[list]?.elements ?? []
        return Set(elements.filter { !own.contains($0) }.compactMap { $0[field]?.string })
    }

    /// Adds what was written, and checks that all of it is reserved.
    mutating func check(_ other: Written, _ reserved: ReservedNames) {
        #expect(other.variables.isSubset(of: reserved.variables), "\(other.variables)")
        #expect(other.mounts.isSubset(of: reserved.mounts), "\(other.mounts)")
        for name in other.volumes {
            #expect(reserved.volumes.contains { $0 == name || $0.hasSuffix("-") && name.hasPrefix($0) }, "\(name)")
        }
        for key in other.keys { #expect(reserved.annotationPrefixes.contains { key.hasPrefix($0) }, "\(key)") }
        variables.formUnion(other.variables)
        volumes.formUnion(other.volumes)
        mounts.formUnion(other.mounts)
        keys.formUnion(other.keys)
    }
}
