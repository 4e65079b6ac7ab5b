internal import JSON

extension InjectedVolume {
    /// Writes the volume under the name that it has in the pod.
    func write(named name: String, to writer: inout JSONWriter) {
        writer.object { volume in
            volume.member("name", name)
            switch content {
            case .projected(let sources):
                volume.key("projected")
                volume.object { projected in
                    if let mode { projected.member("defaultMode", mode) }
                    projected.key("sources")
                    projected.array { array in sources.forEach { $0.write(to: &array) } }
                }
            case .downwardAPI(let fields):
                volume.key("downwardAPI")
                volume.object { source in
                    if let mode { source.member("defaultMode", mode) }
                    fields.write(to: &source)
                }
            case .empty:
                volume.key("emptyDir")
                volume.object { _ in }
            }
        }
    }
}

extension InjectedVolume.Source {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { source in
            switch self {
            case .token(let token):
                source.key("serviceAccountToken")
                source.object {
                    // An empty audience means that of the API server.
                    if !token.audience.isEmpty { $0.member("audience", token.audience) }
                    $0.member("expirationSeconds", token.expirationSeconds)
                    $0.member("path", token.path)
                }
            case .fields(let fields):
                source.key("downwardAPI")
                source.object { fields.write(to: &$0) }
            case .configMap(let map):
                source.key("configMap")
                source.object { map.write(to: &$0) }
            case .trustBundle(let bundle):
                source.key("clusterTrustBundle")
                source.object { bundle.write(to: &$0) }
            }
        }
    }
}

extension [InjectedVolume.Field] {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.key("items")
        writer.array { array in
            for field in self {
                array.object { item in
                    item.member("path", field.path)
                    item.key("fieldRef")
                    item.object {
                        $0.member("apiVersion", "v1")
                        $0.member("fieldPath", field.fieldPath)
                    }
                }
            }
        }
    }
}

extension InjectedVolume.ConfigMap {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("name", name)
        writer.key("items")
        writer.array { array in
            for item in items {
                array.object {
                    $0.member("key", item.key)
                    $0.member("path", item.path)
                }
            }
        }
        if let isOptional { writer.member("optional", isOptional) }
    }
}

extension InjectedVolume.TrustBundle {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("signerName", signerName)
        if let labelSelector {
            writer.key("labelSelector")
            writer.raw(labelSelector.bytes)
        }
        if let isOptional { writer.member("optional", isOptional) }
        writer.member("path", path)
    }
}
