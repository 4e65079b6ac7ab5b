package import KubernetesObjects

/// Objects of one kind that can be listed and watched.
package struct Resource: Sendable, Equatable {
    /// `/api/v1` for the core group, else `/apis/GROUP/VERSION`.
    package var groupPath: String
    /// The name of the kind in paths: lower case, plural.
    package var plural: String
    /// Nil for all namespaces.
    package var namespace: String?
    /// Such as `metadata.name=NAME`; nil for all objects.
    package var fieldSelector: String?
    /// Whether `metadata` is all that is asked for (`PartialObjectMetadata`); a server that cannot leave out the rest
    /// sends whole objects.
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

    /// One ConfigMap, with its data.
    package static func configMap(namespace: String, name: String) -> Resource {
        Resource(
            plural: "configmaps",
            namespace: namespace,
            fieldSelector: "metadata.name=\(name)",
            metadataOnly: false
        )
    }

    /// One Secret, without its data.
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

    /// The path of one object of this kind.
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

    /// A watch that begins with the list. It names no resource version, so that the list is as of the request.
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

    private var selection: [(name: String, value: String)] {
        fieldSelector.map { [("fieldSelector", $0)] } ?? []
    }
}
