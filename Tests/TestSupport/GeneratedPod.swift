package import PodIdentity

/// Random pods and injections. There are few names, so pods often already have what an injection adds.
package enum GeneratedPod {
    private static let variables = ["A", "B", "C", "D"]
    private static let volumeNames = ["v", "w", "token"]
    private static let subPaths = [
        "", #","subPath":"""#, #","subPath":"t""#, #","subPath":"a/""#, #","readOnly":true"#,
    ]
    private static let paths = ["/a", "/b", "/var/run/c"]
    /// Different spellings of the paths, and paths above and below them.
    private static let mountPaths = [
        "/a", "/a/", "//a", "/b", "/x/../b", "/b/./", "/var/run/c", "/run/c", "/var/run/c/", "/run//c", "/a/t", "/b/u",
        "/var/run", "/run", "/", "/elsewhere",
    ]
    /// The sources of a volume: a token with the right or a different audience or path, or something else.
    private static let volumeSources = [
        #""projected":{"sources":[{"serviceAccountToken":{"audience":"a","path":"t"}}]}"#,
        #""projected":{"sources":[{"configMap":{}},{"serviceAccountToken":{"audience":"a","path":"./t"}}]}"#,
        #""projected":{"sources":[{"serviceAccountToken":{"audience":"b","path":"t"}}]}"#,
        #""projected":{"sources":[{"serviceAccountToken":{"audience":"a","path":"a/t"}}]}"#,
        #""projected":{"sources":[{"serviceAccountToken":{"path":"t"}}]}"#,
        #""emptyDir":{}"#, #""secret":{"secretName":"s"}"#, #""projected":null"#,
    ]
    /// Values of variables, some of which refer to other variables.
    private static let values = ["1", "$(A)", "x$(B)/$(C)", "$$(A)", "$(UNKNOWN)", "/a/t", "$(", "value of B"]
    /// The last one has every kind of character that is valid in a qualified name.
    private static let keys = ["k", "a/b", "m~n", "é", "a-1.b/C_d-e.9"]

    /// Includes unknown fields, numbers and escapes that would change if they were encoded again, and lists that are
    /// absent, null or empty.
    package static func json(using generator: inout some RandomNumberGenerator) -> String {
        var members = [#""apiVersion":"v1""#, #""x-unknown":\#(strange(&generator))"#]
        let labels = keys.shuffled(using: &generator).map { #""\#($0)":"\#(pick(["v", "w", ""], &generator))""# }
        let metadata = [
            "labels": optional("{\(labels.prefix(2).joined(separator: ","))}", &generator),
            "annotations": optional("{\(labels.suffix(1).joined(separator: ","))}", &generator),
        ].compactMap { name, value in value.map { #""\#(name)":\#($0)"# } }.sorted()
        if let object = optional("{\(metadata.joined(separator: ","))}", &generator) {
            members.append(#""metadata":\#(object)"#)
        }
        members.append(#""spec":\#(spec(&generator))"#)
        return "{\(members.shuffled(using: &generator).joined(separator: ","))}"
    }

    private static func spec(_ generator: inout some RandomNumberGenerator) -> String {
        var members = [#""serviceAccountName":"s""#, #""unknown":\#(strange(&generator))"#]
        for field in ["initContainers", "containers"] {
            if let value = list(&generator, { container(&$0) }) { members.append(#""\#(field)":\#(value)"#) }
        }
        // The API server refuses two volumes with the same name.
        var names = volumeNames.shuffled(using: &generator)
        let volumes = list(&generator) {
            #"{"name":"\#(names.removeLast())",\#(pick(volumeSources, &$0)),"x":\#(strange(&$0))}"#
        }
        if let volumes { members.append(#""volumes":\#(volumes)"#) }
        return "{\(members.shuffled(using: &generator).joined(separator: ","))}"
    }

    private static func container(_ generator: inout some RandomNumberGenerator) -> String {
        var members = [
            #""name":"\#(pick(["main", "side", "init"], &generator))""#, #""future":\#(strange(&generator))"#,
        ]
        let environment = list(&generator) {
            let value = #""\#(pick(["value", "odd"], &$0))":"\#(pick(values, &$0))""#
            return #"{"name":"\#(pick(variables, &$0))",\#(value),"x":\#(strange(&$0))}"#
        }
        let mounts = list(&generator) {
            let (path, name) = (pick(mountPaths, &$0), pick(volumeNames, &$0))
            return #"{"mountPath":"\#(path)","name":"\#(name)"\#(pick(subPaths, &$0)),"recursive":\#(strange(&$0))}"#
        }
        if let environment { members.append(#""env":\#(environment)"#) }
        if let mounts { members.append(#""volumeMounts":\#(mounts)"#) }
        return "{\(members.shuffled(using: &generator).joined(separator: ","))}"
    }

    package static func injection(replacing: Bool, using generator: inout some RandomNumberGenerator) -> Injection {
        var injection = Injection(method: "random", identity: "someone")
        let policies: [EnvironmentGroup.Policy] = [.addIfAbsent, .addIfNoneIsSet] + (replacing ? [.replace] : [])
        for names in [["A"], ["B", "C"], ["D"]].shuffled(using: &generator).prefix(
            .random(in: 0...3, using: &generator)
        ) {
            injection.environment.append(
                EnvironmentGroup(pick(policies, &generator), names.map { ($0, "value of \($0)") })
            )
        }
        if pick([true, false], &generator), injection.environment.contains(where: { $0.variables.count == 2 }) {
            injection.identityVariables = ["B", "C"]
            injection.overridingVariables = ["A"]
        }
        if pick([true, false], &generator) { injection.skipContainerIfSet = [["A", "B"], ["C"]] }
        if pick([true, false], &generator) { injection.skippedContainers = [pick(["side", "ghost"], &generator)] }
        var free = paths.shuffled(using: &generator)
        for name in volumeNames.shuffled(using: &generator).prefix(.random(in: 0...2, using: &generator)) {
            injection.volumes.append(
                .token(name, audience: "a", expirationSeconds: 600, path: "t")
            )
            injection.mounts.append(InjectedMount(volume: name, path: free.removeLast()))
        }
        if injection.identityVariables.isEmpty {
            injection.files = injection.mounts.map { IdentityFile(nil, volume: $0.volume, path: "t") }
        } else if let mount = injection.mounts.first {
            injection.files = [IdentityFile("C", volume: mount.volume, path: "t")]
            injection.setTokenFile("\(mount.path)/t")
        }
        let policy: MetadataEntry.Policy = replacing ? .replace : .addIfAbsent
        for key in keys where pick([true, false], &generator) {
            injection.labels.append(MetadataEntry(policy, key, "x"))
            // An existing annotation may be corrected, which is more than an addition.
            injection.identityAnnotations.append(MetadataEntry(.addIfAbsent, replacing ? key : "new/\(key)", "y"))
        }
        return injection
    }

    // MARK: Parts

    private static func pick<Element>(_ elements: [Element], _ generator: inout some RandomNumberGenerator) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &generator)]
    }

    private static func strange(_ generator: inout some RandomNumberGenerator) -> String {
        pick(
            [
                "1.0", "1e3", "-0", "0.10", #""\u00e9""#, #""\/""#, #""\ud83d\ude00""#, #"{"b":1,"a":{"\u0061":[]}}"#,
                "[ ]", "null",
                #"[1.50,"e\u0301",{"name":"A"}]"#,
            ],
            &generator
        )
    }

    private static func optional(_ value: String, _ generator: inout some RandomNumberGenerator) -> String? {
        [nil, "null", value, value, value][Int.random(in: 0..<5, using: &generator)]
    }

    private static func list<Generator: RandomNumberGenerator>(
        _ generator: inout Generator,
        _ element: (inout Generator) -> String
    ) -> String? {
        let count = Int.random(in: 0...3, using: &generator)
        var elements: [String] = []
        for _ in 0..<count { elements.append(element(&generator)) }
        return optional("[\(elements.joined(separator: ","))]", &generator)
    }
}

extension Injection {
    /// Sets the value of the variable with the token's path.
    fileprivate mutating func setTokenFile(_ path: String) {
        environment = environment.map { group in
            EnvironmentGroup(
                group.policy,
                group.variables.map { ($0.name, $0.name == files.first?.variable ? path : $0.value) }
            )
        }
    }
}
