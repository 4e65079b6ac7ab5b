import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("Labels and annotations", .timeLimit(.minutes(5)))
struct MetadataTests {
    private static let both = Injection.metadata(
        labels: [MetadataEntry(.replace, "a/b~c", "new"), MetadataEntry(.addIfAbsent, "k", "v")],
        annotations: [MetadataEntry(.addIfAbsent, "note", "é\n")]
    )

    @Test(
        "are added if they are absent, whatever else exists",
        arguments: [
            (
                #"{"spec":{}}"#,
                #"{"spec":{},"metadata":{"labels":{"a/b~c":"new","k":"v"},"annotations":{"note":"é\n"}}}"#
            ),
            (
                #"{"metadata":null,"spec":{}}"#,
                #"{"metadata":{"labels":{"a/b~c":"new","k":"v"},"annotations":{"note":"é\n"}},"spec":{}}"#
            ),
            (
                #"{"metadata":{},"spec":{}}"#,
                #"{"metadata":{"labels":{"a/b~c":"new","k":"v"},"annotations":{"note":"é\n"}},"spec":{}}"#
            ),
            (
                #"{"metadata":{"annotations":null,"labels":{}},"spec":{}}"#,
                #"{"metadata":{"annotations":{"note":"é\n"},"labels":{"a/b~c":"new","k":"v"}},"spec":{}}"#
            ),
            (
                #"{"metadata":{"labels":{"x":"y"},"annotations":{"x":"y"}},"spec":{}}"#,
                #"{"metadata":{"labels":{"x":"y","a/b~c":"new","k":"v"},"annotations":{"x":"y","note":"é\n"}},"spec":{}}"#
            ),
        ]
    )
    func added(pod: String, expected: String) throws {
        #expect(try Trial(pod, Self.both).text == expected)
    }

    @Test("replace an existing value only if the policy says so")
    func policies() throws {
        let pod = #"{"metadata":{"labels":{"a/b~c":"old","k":"old"},"annotations":{"note":""}},"spec":{}}"#
        let trial = try Trial(pod, Self.both)
        #expect(trial.text == #"{"metadata":{"labels":{"a/b~c":"new","k":"old"},"annotations":{"note":""}},"spec":{}}"#)
        #expect(trial.operations == ["add /metadata/labels/a~1b~0c"])
    }

    @Test("need no operation if they have the wanted value")
    func unchanged() throws {
        let pod = #"{"metadata":{"labels":{"a/b~c":"new","k":""},"annotations":{"note":"x"}},"spec":{}}"#
        #expect(try Trial(pod, Self.both).operations == [])
    }

    @Test("leave a pod without metadata alone if there are none to add")
    func nothing() throws {
        #expect(try Trial(#"{"spec":{}}"#, .nothing).operations == [])
        #expect(try Trial(#"{"metadata":{},"spec":{}}"#, .nothing).operations == [])
        let labels = Injection.metadata(labels: [MetadataEntry(.addIfAbsent, "k", "v")])
        #expect(try Trial(#"{"spec":{}}"#, labels).text == #"{"spec":{},"metadata":{"labels":{"k":"v"}}}"#)
        let annotations = Injection.metadata(annotations: [MetadataEntry(.replace, "k", "v")])
        #expect(try Trial(#"{"metadata":{},"spec":{}}"#, annotations).operations == ["add /metadata/annotations"])
    }
}
