import JSON
import Testing

@testable import KubernetesObjects

@Suite("A label selector", .timeLimit(.minutes(5)))
struct LabelSelectorTests {
    private func selector(_ json: String) throws -> LabelSelector? {
        try JSONParser().parse(Array(json.utf8)) { LabelSelector($0) }
    }

    @Test(
        "selects the objects that meet all of its requirements",
        arguments: [
            ("{}", ["a": "1"], true), ("{}", [:], true),
            (#"{"matchLabels":{"a":"1"}}"#, ["a": "1"], true), (#"{"matchLabels":{"a":"1"}}"#, ["a": "2"], false),
            (#"{"matchLabels":{"a":"1"}}"#, [:], false),
            (#"{"matchLabels":{"a":"1","b":"2"}}"#, ["a": "1"], false),
            (#"{"matchLabels":{"a":"1","b":"2"}}"#, ["a": "1", "b": "2", "c": "3"], true),
            (#"{"matchExpressions":[{"key":"a","operator":"In","values":["1","2"]}]}"#, ["a": "2"], true),
            (#"{"matchExpressions":[{"key":"a","operator":"In","values":["1","2"]}]}"#, ["a": "3"], false),
            (#"{"matchExpressions":[{"key":"a","operator":"In","values":["1","2"]}]}"#, [:], false),
            (#"{"matchExpressions":[{"key":"a","operator":"NotIn","values":["1"]}]}"#, ["a": "1"], false),
            (#"{"matchExpressions":[{"key":"a","operator":"NotIn","values":["1"]}]}"#, ["a": "2"], true),
            (#"{"matchExpressions":[{"key":"a","operator":"NotIn","values":["1"]}]}"#, [:], true),
            (#"{"matchExpressions":[{"key":"a","operator":"Exists"}]}"#, ["a": ""], true),
            (#"{"matchExpressions":[{"key":"a","operator":"Exists"}]}"#, ["b": ""], false),
            (#"{"matchExpressions":[{"key":"a","operator":"DoesNotExist"}]}"#, ["a": ""], false),
            (#"{"matchExpressions":[{"key":"a","operator":"DoesNotExist"}]}"#, ["b": ""], true),
            (
                #"{"matchLabels":{"a":"1"},"matchExpressions":[{"key":"b","operator":"DoesNotExist"}]}"#,
                ["a": "1", "b": "2"], false
            ),
        ]
    )
    func matching(json: String, labels: [String: String], matches: Bool) throws {
        #expect(try selector(json)?.matches(labels) == matches)
    }

    @Test("selects nothing with an unknown operator")
    func unknownOperator() throws {
        #expect(try selector(#"{"matchExpressions":[{"key":"a","operator":"Gt","values":["1"]}]}"#) == nil)
    }

    @Test("is formatted as for kubectl")
    func text() {
        let selector = LabelSelector([
            .isIn(key: "a", values: ["1"]), .isIn(key: "b", values: ["1", "2"]), .notIn(key: "c", values: ["1"]),
            .notIn(key: "d", values: ["1", "2"]), .exists(key: "e"), .doesNotExist(key: "f"),
        ])
        #expect("\(selector)" == "a=1,b in (1,2),c!=1,d notin (1,2),e,!f")
    }
}
