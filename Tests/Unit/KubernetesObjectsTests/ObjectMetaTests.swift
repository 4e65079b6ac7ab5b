import JSON
import Testing

@testable import KubernetesObjects

@Suite("An object's metadata", .timeLimit(.minutes(5)))
struct ObjectMetaTests {
    private static let object = """
        {"metadata":{"creationTimestamp":"2026-01-01T00:00:00Z","labels":{"a":"b"},"managedFields":[
        {"time":"2026-01-02T00:00:00Z","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"f:x.test/role":{}}}}},
        {"time":"2026-01-03T00:00:00Z","fieldsV1":{"f:metadata":{"f:annotations":{"f:x.test/role":{}}}}},
        {"time":"2026-01-04T00:00:00Z","fieldsV1":{"f:metadata":{"f:annotations":{"f:other":{}}}}}]}}
        """

    @Test("shows when the object was created and when an annotation was added")
    func reading() throws {
        try JSONParser().parse(Array(Self.object.utf8)) { value in
            let metadata = ObjectView(value).metadata
            #expect(metadata.creation == Timestamp("2026-01-01T00:00:00Z"))
            #expect(metadata.labels == ["a": "b"])
            #expect(metadata.lastChange(byManagersOf: ["x.test/role"]) == Timestamp("2026-01-03T00:00:00Z"))
            #expect(metadata.lastChange(byManagersOf: ["x.test/none"]) == nil)
        }
    }
}
