package import KubernetesObjects

/// Objects of one kind that are listed and watched, all or some of them.
package struct Resource: Sendable, Equatable {
    /// `/api/v1` for the core group, otherwise `/apis/GROUP/VERSION`.
    package var groupPath: String
    /// The name in paths: plural, in lower case.
    package var plural: String
    /// The namespace of the objects; nil for all namespaces.
    package var namespace: String?
    /// The selector of the objects by their fields, such as `metadata.name=NAME`.
    package var fieldSelector: String?
    /// Whether only `metadata` is requested (`PartialObjectMetadata`). A server that does not support this sends whole
    /// objects.
    package var metadataOnly: Bool

    package init(
        groupPath: String = "/api/v1",
        plural: String,
        namespace: String? = nil,
        fieldSelector: String? = nil,
        metadataOnly: Bool
    ) {
        self.groupPath = groupPath
        self.plural = plural
        self.namespace = namespace
        self.fieldSelector = fieldSelector
        self.metadataOnly = metadataOnly
    }

    package static let serviceAccounts = Resource(plural: "serviceaccounts", metadataOnly: true)

    package static let namespaces = Resource(plural: "namespaces", metadataOnly: true)

    /// A single ConfigMap, with its data.
    package static func configMap(namespace: String, name: String) -> Resource {
        Resource(
            plural: "configmaps",
            namespace: namespace,
            fieldSelector: "metadata.name=\(name)",
            metadataOnly: false
        )
    }

    /// A single Secret, without its data.
    package static func secret(namespace: String, name: String) -> Resource {
        Resource(plural: "secrets", namespace: namespace, fieldSelector: "metadata.name=\(name)", metadataOnly: true)
    }

    package static let mutatingWebhookConfigurations = Resource(
        groupPath: "/apis/admissionregistration.k8s.io/v1",
        plural: "mutatingwebhookconfigurations",
        metadataOnly: false
    )

    /// One MutatingWebhookConfiguration, without its webhooks.
    package static func mutatingWebhookConfiguration(name: String) -> Resource {
        var resource = mutatingWebhookConfigurations
        resource.fieldSelector = "metadata.name=\(name)"
        resource.metadataOnly = true
        return resource
    }

    /// The path at which the objects are listed and watched.
    package var path: String { namespace.map { "\(groupPath)/namespaces/\($0)/\(plural)" } ?? "\(groupPath)/\(plural)" }

    /// The path of an object of this kind.
    package func path(of object: NamespacedName) -> String {
        let place = object.namespace.isEmpty ? groupPath : "\(groupPath)/namespaces/\(object.namespace)"
        return "\(place)/\(plural)/\(object.name)"
    }

    private static func accept(_ kind: String) -> String {
        "application/json;as=\(kind);g=meta.k8s.io;v=v1, application/json"
    }

    func listRequest(limit: Int, continueToken: String?) -> APIRequest {
        var query = selection
        query.append(("limit", "\(limit)"))
        if let continueToken { query.append(("continue", continueToken)) }
        let accept = metadataOnly ? Self.accept("PartialObjectMetadataList") : "application/json"
        return APIRequest(path: path, query: query, accept: accept)
    }

    /// The whole list in any version that the server has available (Kubernetes API concepts, "Resource versions").
    /// Whole objects are requested: Kubernetes 1.20 needs less than half the time to send them than to reduce them to
    /// their metadata.
    func cachedListRequest() -> APIRequest {
        APIRequest(path: path, query: selection + [("resourceVersion", "0")], accept: "application/json")
    }

    /// A watch that begins with the list, which is as recent as the request because no resource version is given.
    func streamRequest(timeoutSeconds: Int) -> APIRequest {
        watchRequest([("sendInitialEvents", "true"), ("resourceVersionMatch", "NotOlderThan")], timeoutSeconds)
    }

    func watchRequest(resourceVersion: String, timeoutSeconds: Int) -> APIRequest {
        watchRequest([("resourceVersion", resourceVersion)], timeoutSeconds)
    }

    private func watchRequest(_ start: [(name: String, value: String)], _ timeoutSeconds: Int) -> APIRequest {
        var query = selection
        query.append(("watch", "true"))
        query.append(("allowWatchBookmarks", "true"))
        query += start
        query.append(("timeoutSeconds", "\(timeoutSeconds)"))
        let accept = metadataOnly ? Self.accept("PartialObjectMetadata") : "application/json"
        return APIRequest(path: path, query: query, accept: accept)
    }

    private var selection: [(name: String, value: String)] { fieldSelector.map { [("fieldSelector", $0)] } ?? [] }
}
