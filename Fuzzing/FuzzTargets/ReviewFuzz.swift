internal import AWSIdentity
internal import Admission
internal import ClusterState
internal import FoundationEssentials
internal import JSON
internal import PodIdentity

/// Checks that any bytes are answered or rejected, that an answer is JSON, that its patch applies to the pod, and that
/// the patched pod does not need another patch.
enum ReviewFuzz {
    private static let controller = AdmissionController(
        providers: ProviderChain([IRSAProvider(settings: AWSSettings())]),
        cluster: ClusterIndexes(serviceAccounts: AnnotationIndex())
    )
    private static let results = AdmissionController.LookupResults(
        serviceAccount: .known(Annotations(["eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/app"]))
    )

    static func run(_ bytes: [UInt8]) throws {
        let answer = try review(bytes)
        guard answer == (try review(bytes, padded: true)) else { throw Finding("padding behind the review matters") }
        guard let answer, let patch = try patch(of: answer) else { return }
        var review = try parse(bytes, "a review that was answered")
        let object = ["request", "object"]
        guard let pod = review[path: object] else { throw Finding("a patch without a pod") }
        do {
            review[path: object] = try pod.applying(patch: patch)
        } catch {
            throw Finding("the patch does not fit: \(error)")
        }
        guard let second = try self.review(review.bytes) else { throw Finding("the patched pod is refused") }
        if let again = try self.patch(of: second) { throw Finding("the patched pod is patched again: \(again.pretty)") }
    }

    /// The answer to a review; nil if it was rejected.
    private static func review(_ bytes: [UInt8], padded: Bool = false) throws -> [UInt8]? {
        // The padding would change the answer if it were read as part of the input.
        let input = padded ? bytes + Array(repeating: UInt8(ascii: "\""), count: JSONParser.padding) : bytes
        return try input.withUnsafeBytes { buffer in
            let body = UnsafeRawBufferPointer(rebasing: buffer.prefix(bytes.count))
            guard let result = try? controller.review(body, padded: padded, parser: JSONParser(), results: results)
            else {
                return nil
            }
            guard case .ready(let answer) = result else { throw Finding("something is to be looked up") }
            return answer.body
        }
    }

    private static func patch(of answer: [UInt8]) throws -> JSONTree? {
        guard let text = try parse(answer, "an answer")[path: ["response", "patch"]]?.string else { return nil }
        guard let patch = Data(base64Encoded: text) else { throw Finding("a patch that is not base64") }
        return try parse(Array(patch), "a patch")
    }

    private static func parse(_ bytes: [UInt8], _ what: String) throws -> JSONTree {
        do {
            return try JSONTree(parsing: bytes)
        } catch {
            throw Finding("\(what) is not JSON: \(error)")
        }
    }
}
