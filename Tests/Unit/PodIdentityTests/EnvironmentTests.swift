import JSON
import PodIdentity
import TestSupport
import Testing

@Suite("A container's environment", .timeLimit(.minutes(5)))
struct EnvironmentTests {
    private static let added = #"{"name":"A","value":"1"},{"name":"B","value":"2"}"#
    private static let variables = [(name: "A", value: "1"), (name: "B", value: "2")]

    /// - Parameter environment: The members of a container.
    private func environment(of container: String, _ injection: Injection) throws -> String {
        let trial = try Trial(#"{"spec":{"containers":[{"name":"c"\#(container)}]}}"#, injection)
        return String(
            decoding: trial.after[path: ["spec"]]?["containers"]?.elements?[0]["env"]?.bytes ?? [],
            as: UTF8.self
        )
    }

    @Test(
        "gets a group that is added if none of it is set",
        arguments: [
            ("", "[\(added)]"), (#","env":null"#, "[\(added)]"), (#","env":[]"#, "[\(added)]"),
            (#","env":[{"name":"X"}]"#, #"[{"name":"X"},\#(added)]"#),
            (#","env":[{"name":"a"}]"#, #"[{"name":"a"},\#(added)]"#),
            (#","env":[{"name":"A"}]"#, #"[{"name":"A"}]"#),
            (#","env":[{"name":"X"},{"name":"B","value":""}]"#, #"[{"name":"X"},{"name":"B","value":""}]"#),
            (#","env":[{"name":"B","valueFrom":{"x":1.0}}]"#, #"[{"name":"B","valueFrom":{"x":1.0}}]"#),
        ]
    )
    func addIfNoneIsSet(container: String, expected: String) throws {
        #expect(
            try environment(of: container, .environment(EnvironmentGroup(.addIfNoneIsSet, Self.variables))) == expected
        )
    }

    @Test(
        "gets variables that are added if absent",
        arguments: [
            ("", "[\(added)]"), (#","env":null"#, "[\(added)]"), (#","env":[]"#, "[\(added)]"),
            (#","env":[{"name":"B"}]"#, #"[{"name":"B"},{"name":"A","value":"1"}]"#),
            (#","env":[{"name":"B"},{"name":"A"}]"#, #"[{"name":"B"},{"name":"A"}]"#),
        ]
    )
    func addIfAbsent(container: String, expected: String) throws {
        #expect(
            try environment(of: container, .environment(EnvironmentGroup(.addIfAbsent, Self.variables))) == expected
        )
    }

    @Test(
        "gets variables that replace every existing entry with the name",
        arguments: [
            ("", "[\(added)]"), (#","env":null"#, "[\(added)]"),
            (
                #","env":[{"name":"B","value":"old"},{"name":"X"}]"#,
                #"[{"name":"B","value":"2"},{"name":"X"},{"name":"A","value":"1"}]"#
            ),
            (
                #","env":[{"name":"B","valueFrom":{}},{"name":"A","value":"1","x":1.0},{"name":"B"}]"#,
                #"[{"name":"B","value":"2"},{"name":"A","value":"1","x":1.0},{"name":"B","value":"2"}]"#
            ),
        ]
    )
    func replace(container: String, expected: String) throws {
        #expect(try environment(of: container, .environment(EnvironmentGroup(.replace, Self.variables))) == expected)
    }

    @Test(
        "gets variables that replace only the first entry with the name",
        arguments: [
            ("", "[\(added)]"), (#","env":[{"name":"A","value":"1"},{"name":"B"}]"#, "[\(added)]"),
            (
                #","env":[{"name":"B","value":"old"},{"name":"X"},{"name":"B","value":"last"}]"#,
                #"[{"name":"B","value":"2"},{"name":"X"},{"name":"B","value":"last"},{"name":"A","value":"1"}]"#
            ),
        ]
    )
    func replaceFirst(container: String, expected: String) throws {
        let injection = Injection.environment(EnvironmentGroup(.replaceFirst, Self.variables))
        #expect(try environment(of: container, injection) == expected)
    }

    @Test("gets groups in order, each with its own policy")
    func groups() throws {
        let injection = Injection.environment(
            EnvironmentGroup(.addIfAbsent, [("FIRST", "1")]),
            EnvironmentGroup(.addIfNoneIsSet, [("A", "1"), ("B", "2")]),
            EnvironmentGroup(.replace, [("C", "3")]),
            EnvironmentGroup(.addIfNoneIsSet, [("LAST", "\"9\"\n")])
        )
        #expect(
            try environment(of: #","env":[{"name":"B"},{"name":"C","value":"x"}]"#, injection)
                == #"[{"name":"B"},{"name":"C","value":"3"},{"name":"FIRST","value":"1"},{"name":"LAST","value":"\"9\"\n"}]"#
        )
    }

    @Test("keeps entries that are invalid in Kubernetes")
    func strangeEntries() throws {
        let strange = #"null,1,"A",{"name":null},{"name":5},{"value":"A"},[]"#
        let injection = Injection.environment(EnvironmentGroup(.addIfAbsent, [("A", "1")]))
        #expect(try environment(of: #","env":[\#(strange)]"#, injection) == #"[\#(strange),{"name":"A","value":"1"}]"#)
    }

    @Test("is changed by an operation for each container, init containers first")
    func containers() throws {
        let pod =
            #"{"spec":{"containers":[{"name":"a"},{"env":[{"name":"X"}]}],"initContainers":[{"name":"i","env":[]}]}}"#
        #expect(
            try Trial(pod, .environment(EnvironmentGroup(.addIfAbsent, [("A", "1"), ("B", "2")]))).operations == [
                "add /spec/initContainers/0/env/-", "add /spec/initContainers/0/env/-", "add /spec/containers/0/env",
                "add /spec/containers/1/env/-", "add /spec/containers/1/env/-",
            ]
        )
    }

    @Test(
        "is complete, and gets nothing, if it sets one variable of each set",
        arguments: [
            ([["A", "B"], ["C"]], ["A", "C"], true), ([["A", "B"], ["C"]], ["B", "C"], true),
            ([["A", "B"], ["C"]], ["A", "B"], false), ([["A", "B"], ["C"]], ["C"], false),
            ([["A", "B"], ["C"]], [], false),
            ([["A"]], ["A"], true), ([], ["A", "B", "C"], false),
        ]
    )
    func complete(sets: [[String]], set: [String], isComplete: Bool) throws {
        var injection = Injection.simple
        injection.volumes = []
        injection.skipContainerIfSet = sets
        let environment = set.map { #"{"name":"\#($0)"}"# }.joined(separator: ",")
        let trial = try Trial(#"{"spec":{"containers":[{"env":[\#(environment)]}]}}"#, injection)
        #expect(trial.operations.isEmpty == isComplete)
    }

    @Test("gets nothing if the container is skipped, with a warning for a name that does not exist")
    func skipped() throws {
        var injection = Injection.simple
        injection.skippedContainers = ["init", "side", "typo", "Ghost"]
        let trial = try Trial(
            #"{"spec":{"initContainers":[{"name":"init"}],"containers":[{"name":"main"},{"name":"side"}]}}"#,
            injection
        )
        #expect(
            trial.operations == [
                "add /spec/containers/0/env", "add /spec/containers/0/volumeMounts", "add /spec/volumes",
            ]
        )
        #expect(
            trial.warnings == [
                "no container is named Ghost, which should be skipped",
                "no container is named typo, which should be skipped",
            ]
        )
    }
}
