internal import JSON
internal import PodIdentity
internal import YAML

/// A test in a profile. It describes the objects, and what a pod is expected to get:
/// ```yaml
/// tests:
///   - name: an address is an identity
///     settings: {region: eu01}   # replace the profile's defaults; those of an installation are not used
///     serviceAccount: {name: app, annotations: {service-account-email: a@b}}    # or the text `missing`
///     pod: {name: app-1, generateName: app-, annotations: {}, labels: {}, containers: [app], windows: false}
///     namespace: {name: default, labels: {}}
///     expected: {…}
/// ```
/// Names of annotations and labels without a slash get the profile's prefix. Everything is optional: by default, there
/// is a ServiceAccount `default` without annotations, and a pod `pod` with one container `app`. `ProfileExpectation`
/// describes what may be expected.
struct ProfileTest {
    private static let maximumCount = 64

    var inputs: ProfileInputs
    var containers = ["app"]

    /// Runs the tests of a document that has been read without a finding.
    ///
    /// - Returns: The results, and the problems of the tests themselves.
    static func run(_ tree: JSONTree) -> (results: [ProfileTestResult], findings: Findings) {
        var findings = Findings()
        var results: [ProfileTestResult] = []
        guard let node = ProfileNode(tree: tree).member("tests"), !node.tree.isNull else { return (results, findings) }
        for (index, test) in node.list(&findings, atMost: maximumCount).enumerated() {
            let fields = test.fields(
                ["name", "settings", "serviceAccount", "pod", "namespace", "expected"],
                &findings
            )
            let name = fields.text("name", &findings, atMost: 128) ?? "\(index + 1)"
            let settings = fields["settings"].map { ProfileSettings.texts($0, &findings) } ?? [:]
            let (profile, problems) = ProfileReader.read(tree, installed: settings)
            for problem in problems.all {
                findings.add(
                    "with these settings: \(problem.path.place): \(problem.reason)",
                    at: fields["settings"] ?? test
                )
            }
            let prepared = read(fields, profile, &findings)
            guard let expected = fields.required("expected", &findings), problems.isEmpty else { continue }
            let expectation = ProfileExpectation(expected, profile, &findings)
            guard findings.isEmpty else { continue }
            let differences = expectation.differences(
                from: profile.evaluate(prepared.inputs),
                containers: prepared.containers
            )
            results.append(
                ProfileTestResult(profile: profile.name, name: name, path: test.path, differences: differences)
            )
        }
        return (results, findings)
    }

    private static func read(
        _ fields: ProfileNode.Fields,
        _ profile: Profile,
        _ findings: inout Findings
    ) -> ProfileTest {
        var test = ProfileTest(
            inputs: ProfileInputs(
                namespace: "default",
                serviceAccountName: "default",
                serviceAccount: .known(Annotations())
            )
        )
        test.inputs.podName = "pod"
        test.inputs.namespaceObject = .known(Annotations())
        if let node = fields["serviceAccount"] { test.readServiceAccount(node, profile, &findings) }
        if let node = fields["pod"] { test.readPod(node, profile, &findings) }
        if let node = fields["namespace"] {
            let fields = node.fields(["name", "labels"], &findings)
            test.inputs.namespace = fields.text("name", &findings) ?? "default"
            var object = Annotations()
            for (key, value) in keyed(fields["labels"], profile, &findings) { object[label: key] = value }
            test.inputs.namespaceObject = .known(object)
        }
        return test
    }

    private mutating func readServiceAccount(_ node: ProfileNode, _ profile: Profile, _ findings: inout Findings) {
        guard node.tree.string != "missing" else {
            inputs.serviceAccount = .absent
            return
        }
        let fields = node.fields(["name", "annotations"], &findings)
        inputs.serviceAccountName = fields.text("name", &findings) ?? "default"
        var annotations = Annotations()
        for (key, value) in Self.keyed(fields["annotations"], profile, &findings) { annotations[key] = value }
        inputs.serviceAccount = .known(annotations)
    }

    private mutating func readPod(_ node: ProfileNode, _ profile: Profile, _ findings: inout Findings) {
        let fields = node.fields(
            ["name", "generateName", "annotations", "labels", "containers", "windows"],
            &findings
        )
        inputs.podGenerateName = fields.text("generateName", &findings) ?? ""
        inputs.podName = fields.text("name", &findings) ?? (inputs.podGenerateName.isEmpty ? "pod" : "")
        inputs.isForWindows = fields.flag("windows", &findings)
        let annotations = Self.keyed(fields["annotations"], profile, &findings)
        let labels = Self.keyed(fields["labels"], profile, &findings)
        inputs.podAnnotation = { annotations[$0]?.cut(to: Annotations.maximumValue) }
        inputs.podLabel = { labels[$0] }
        if let node = fields["containers"] {
            containers = node.list(&findings).compactMap { $0.text(&findings) }
        }
    }

    /// Texts by the full keys of annotations or labels.
    static func keyed(_ node: ProfileNode?, _ profile: Profile, _ findings: inout Findings) -> [String: String] {
        var texts: [String: String] = [:]
        for (name, node) in node?.entries(&findings) ?? [] {
            texts[name.contains("/") ? name : "\(profile.prefix)/\(name)"] = node.text(&findings, atMost: 65536)
        }
        return texts
    }
}
