internal import JSON
internal import PodIdentity

/// The containers that answer requests to the instance metadata service, for code that supports no other way to its
/// identity: one that redirects the requests, and one that answers them.
struct ProxyContainers {
    private static let initName = "azwi-proxy-init"
    private static let proxyName = "azwi-proxy"
    private static let logLevel = "info"

    /// The first version whose nodes all support sidecars, that is, init containers that keep running: these came with
    /// Kubernetes 1.29, and a node may be three minor versions older than its API server (Kubernetes, "Version Skew
    /// Policy").
    static let firstVersionWithSidecars = ServerVersion(1, 32)

    let settings: ProxySettings
    let port: Int
    /// Whether the container that answers is a sidecar, so that it also serves init containers, and a Job can complete.
    let isSidecar: Bool

    /// Both containers. One that the pod already has, in either list, is returned for that list, and stays as it is.
    ///
    /// - Parameter injection: The identity, whose variables and mounts both containers get.
    func containers(for pod: PodView, _ injection: Injection) -> [InjectedContainer] {
        let list = isSidecar ? InjectedContainer.List.initContainers : .containers
        return [
            InjectedContainer(
                Self.initName,
                in: pod.list(of: Self.initName) ?? .initContainers,
                .last,
                policy: .keep,
                initContainer(injection)
            ),
            InjectedContainer(
                Self.proxyName,
                in: pod.list(of: Self.proxyName) ?? list,
                .first,
                policy: .keep,
                proxy(injection)
            ),
        ]
    }

    /// Whether the pod gets a privileged container.
    static func addsPrivileges(to pod: PodView) -> Bool { pod.list(of: initName) == nil }

    /// The proxy exchanges the token itself, so it cannot do without it.
    static let needingIdentity = proxyName

    // MARK: Containers

    private func initContainer(_ injection: Injection) -> JSONTree {
        let capabilities = JSONTree.object([
            "add": .array([.string("NET_ADMIN")]), "drop": .array([.string("ALL")]),
        ])
        return .object(
            members([
                ("name", .string(Self.initName)), ("image", .string(settings.initImage)),
                ("imagePullPolicy", .string("IfNotPresent")),
                (
                    "env",
                    environment([.init("PROXY_PORT", "\(port)")], injection, isSkipped: injection.skips(Self.initName))
                ),
                ("volumeMounts", mounts(injection, isSkipped: injection.skips(Self.initName))),
                ("resources", settings.resources),
                (
                    "securityContext",
                    .object([
                        "capabilities": capabilities, "privileged": .true, "runAsUser": .literal("0"),
                        "runAsNonRoot": .false,
                    ])
                ),
            ])
        )
    }

    private func proxy(_ injection: Injection) -> JSONTree {
        let flags = ["--proxy-port=\(port)", "--log-level=\(Self.logLevel)"]
        let probe = ["/proxy", "--proxy-port=\(port)", "--probe", "--log-level=\(Self.logLevel)"]
        return .object(
            members([
                ("name", .string(Self.proxyName)), ("image", .string(settings.image)),
                ("imagePullPolicy", .string("IfNotPresent")), ("args", .array(flags.map { .string($0) })),
                ("ports", .array([.object(["containerPort": .literal("\(port)")])])),
                ("env", environment([], injection, isSkipped: false)),
                ("volumeMounts", mounts(injection, isSkipped: false)), ("resources", settings.resources),
                (
                    "lifecycle",
                    .object(["postStart": .object(["exec": .object(["command": .array(probe.map { .string($0) })])])])
                ),
                ("restartPolicy", isSidecar ? .string("Always") : nil),
                (
                    "securityContext",
                    .object([
                        "allowPrivilegeEscalation": .false,
                        "capabilities": .object(["drop": .array([.string("ALL")])]), "privileged": .false,
                        "readOnlyRootFilesystem": .true, "runAsNonRoot": .true,
                    ])
                ),
            ])
        )
    }

    private func members(_ members: [(String, JSONTree?)]) -> [JSONTree.Member] {
        members.compactMap { key, value in value.map { .init(key: JSONString(key), value: $0) } }
    }

    private func environment(
        _ own: [EnvironmentGroup.Variable],
        _ injection: Injection,
        isSkipped: Bool
    ) -> JSONTree? {
        let variables = own + (isSkipped ? [] : injection.environment.flatMap(\.variables))
        guard !variables.isEmpty else { return nil }
        return .array(variables.map { .object(["name": .string($0.name), "value": .string($0.value)]) })
    }

    private func mounts(_ injection: Injection, isSkipped: Bool) -> JSONTree? {
        guard !isSkipped, !injection.mounts.isEmpty else { return nil }
        return .array(
            injection.mounts.map { mount in
                .object([
                    "name": .string(mount.volume), "readOnly": .true, "mountPath": .string(mount.path),
                ])
            }
        )
    }
}

extension Injection {
    fileprivate func skips(_ container: String) -> Bool { skippedContainers.contains(container) }
}

extension PodView {
    /// The list in which the pod has a container with this name; nil if it has none.
    fileprivate func list(of container: String) -> InjectedContainer.List? {
        guard containers.contains(where: { $0.name == container }) else { return nil }
        let isFirst = spec["initContainers"]?.elements.contains { $0["name"]?.string == container } ?? false
        return isFirst ? .initContainers : .containers
    }
}

extension JSONTree {
    fileprivate static let `true` = JSONTree.literal("true")
    fileprivate static let `false` = JSONTree.literal("false")
}
