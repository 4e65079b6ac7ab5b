package import PodIdentity

/// Pods and injections made at random. Names are few, so that pods often have already what an injection brings.
package enum GeneratedPod {
    private static let variables = ["A", "B", "C", "D"]
    private static let volumeNames = ["v", "w", "token"]
    private static let paths = ["/a", "/b", "/c"]
    /// The last one has every kind of character that is legal in a qualified name.
    private static let keys = ["k", "a/b", "m~n", "é", "a-1.b/C_d-e.9"]

    /// With fields that nobody knows, numbers and escapes in forms that a re-encoding would lose, and lists that are
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
        let volumes = list(&generator) { #"{"name":"\#(pick(volumeNames, &$0))","x":\#(strange(&$0))}"# }
        if let volumes { members.append(#""volumes":\#(volumes)"#) }
        return "{\(members.shuffled(using: &generator).joined(separator: ","))}"
    }

    private static func container(_ generator: inout some RandomNumberGenerator) -> String {
        var members = [
            #""name":"\#(pick(["main", "side", "init"], &generator))""#, #""future":\#(strange(&generator))"#,
        ]
        let environment = list(&generator) {
            #"{"name":"\#(pick(variables, &$0))","\#(pick(["value", "odd"], &$0))":"1","x":\#(strange(&$0))}"#
        }
        let mounts = list(&generator) {
            #"{"mountPath":"\#(pick(paths, &$0))","name":"\#(pick(volumeNames, &$0))","recursive":\#(strange(&$0))}"#
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
        for name in volumeNames.shuffled(using: &generator).prefix(.random(in: 0...2, using: &generator)) {
            injection.volumes.append(
                ProjectedTokenVolume(name: name, audience: "a", expirationSeconds: 600, path: "t")
            )
            injection.mounts.append(TokenMount(volume: name, path: pick(paths, &generator)))
        }
        let policy: MetadataEntry.Policy = replacing ? .replace : .addIfAbsent
        for key in keys where pick([true, false], &generator) {
            injection.labels.append(MetadataEntry(policy, key, "x"))
            injection.annotations.append(MetadataEntry(.addIfAbsent, key, "y"))
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
