import Foundation
package import TestSupport

/// Runs a container of a pod on this machine instead of in a kubelet. It has the files of the pod's volumes at its
/// mount paths, including tokens from the API server's TokenRequest API, its own variables, and its own user. It runs
/// Python with the clouds' real SDKs.
///
/// It has its own namespaces for mounts, network and processes, so the tests must run as root. In it, the clouds' host
/// names resolve to one server (Fixtures/Containers/clouds.py), which checks tokens as the clouds do: against the API
/// server's published keys, for the audience and ServiceAccount. No init container runs before it.
///
///     let pod = try await installation.create(manifest)
///     let run = try await LocalContainer("main", of: pod, on: installation.controlPlane).call([.google, .aws])
///     #expect(run.result(of: .google)["token"].string == "google-reader@example.iam.gserviceaccount.com")
///     #expect(run.tokens(shownTo: .google) == [.accepted(for: "sts.googleapis.com", of: pod)])
package struct LocalContainer: Sendable {
    private let controlPlane: ControlPlane
    private let pod: APIObject
    private let container: APIObject
    private let environment: [String: String]
    private let volumes: [String: APIObject]

    /// Creates the files and variables that the container starts with.
    /// - Parameters:
    ///   - name: The name of a container or init container.
    ///   - pod: The pod as stored by the API server. A dry run is not enough, because tokens are bound to the pod.
    package init(_ name: String, of pod: APIObject, on controlPlane: ControlPlane) async throws {
        let containers = pod["spec"]["initContainers"].elements + pod["spec"]["containers"].elements
        guard let container = containers.first(where: { $0["name"].string == name }) else {
            throw ContainerError.noContainer(name, pod: pod)
        }
        self.controlPlane = controlPlane
        self.pod = pod
        self.container = container
        environment = try ContainerVariables.resolve(container, of: pod)
        volumes = try await PodVolumes(pod: pod, controlPlane: controlPlane).all()
    }

    /// Calls SDKs one after the other in one process.
    /// - Parameter audiences: The audiences that the clouds trust instead of ``CloudSDK/audience``.
    package func call(_ sdks: [CloudSDK], audiences: [CloudSDK: String] = [:]) async throws -> ContainerRun {
        let sources = APIObject.object(
            try Dictionary(uniqueKeysWithValues: sdks.map { ($0.rawValue, .string(try $0.source)) })
        )
        let encoded = Data(sources.description.utf8).base64EncodedString()
        let script = """
            import base64, json
            sources = json.loads(base64.b64decode("\(encoded)"))
            \(try Fixtures.text("Containers/sdks.py"))
            """
        return try await python(script, audiences: audiences)
    }

    /// Runs a Python script.
    package func python(_ script: String, audiences: [CloudSDK: String] = [:]) async throws -> ContainerRun {
        let folder = try TemporaryDirectory()
        let trusted = CloudSDK.allCases.map { ($0, audiences[$0] ?? $0.audience) }
        let clouds = try LocalClouds.settings(
            audiences: Dictionary(uniqueKeysWithValues: trusted),
            subject: pod.tokenSubject,
            issuer: await raw("/.well-known/openid-configuration")["issuer"],
            keys: await raw("/openid/v1/jwks")
        )
        let plan = try plan().merging([
            "folder": .string(folder.path), "script": .string(script), "clouds": clouds,
            "authority": .string(try LocalClouds.authority),
        ]) { $1 }
        let program = Fixtures.path("Containers/container.py")
        // All processes of the container end with it.
        let namespaces = ["--mount", "--net", "--pid", "--fork", "--kill-child"]
        let arguments = namespaces + [try await CloudSDK.python(), program]
        let output = try await Command("unshare", arguments).runText(input: APIObject.object(plan).description)
        return ContainerRun(try APIObject(json: output))
    }

    private func raw(_ path: String) async throws -> APIObject {
        try APIObject(json: await controlPlane.kubectl(["get", "--raw", path]))
    }

    /// The input from which container.py creates the container.
    private func plan() throws -> [String: APIObject] {
        let (own, shared) = (container["securityContext"], pod["spec"]["securityContext"])
        func number(_ name: String) -> APIObject {
            own[name] != .null ? own[name] : shared[name] != .null ? shared[name] : .integer(0)
        }
        let mounts = container["volumeMounts"].elements.map { mount in
            APIObject.object([
                "path": mount["mountPath"], "volume": mount["name"],
                "subPath": .string(mount["subPath"].string ?? ""), "readOnly": .bool(mount["readOnly"].bool ?? false),
            ])
        }
        return [
            "user": number("runAsUser"), "group": number("runAsGroup"),
            "groups": .array([shared["fsGroup"]].filter { $0 != .null }),
            "hosts": .array(LocalClouds.hosts.map(APIObject.string)),
            "environment": .object(environment.mapValues(APIObject.string)),
            "mounts": .array(mounts), "volumes": .object(volumes),
        ]
    }
}

/// Why a pod's container cannot be run on this machine.
package enum ContainerError: Error, CustomStringConvertible {
    case noContainer(String, pod: APIObject)
    case unsupported(String, APIObject)
    case notFound(String)

    package var description: String {
        switch self {
        case .noContainer(let name, let pod): "the pod has no container \(name): \(pod["spec"]["containers"])"
        case .unsupported(let what, let object): "LocalContainer knows no such \(what): \(object)"
        case .notFound(let what): "\(what) is missing; the container could not start"
        }
    }
}
