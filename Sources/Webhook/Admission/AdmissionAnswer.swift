internal import JSON
package import PodIdentity

/// What a review is answered with, and what the log says of it.
package struct AdmissionAnswer {
    /// The AdmissionReview to send back, as JSON.
    package var body: [UInt8] { encode() }

    package var reason: Reason
    /// Nil where nothing is injected.
    package var method: String?
    package var identity: String?
    package var warnings: [String] = []
    package let isDryRun: Bool
    package private(set) var podName = ""
    package private(set) var serviceAccount: NamespacedName?
    package let namespace: String
    package let uid: String

    var patch = JSONPatch()
    private let apiVersion: String

    init(_ review: AdmissionReview, reason: Reason) {
        self.reason = reason
        apiVersion = review.apiVersion
        uid = review.uid
        namespace = review.namespace
        isDryRun = review.isDryRun
    }

    /// Copies what the log shows of the pod.
    mutating func describe(_ pod: PodView) {
        podName = pod.metadata?["name"]?.string ?? pod.metadata?["generateName"]?.string ?? ""
        serviceAccount = pod.serviceAccount
    }

    private func encode() -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512 + patch.byteCount * 4 / 3)
        writer.object { review in
            review.member("kind", "AdmissionReview")
            review.member("apiVersion", apiVersion)
            review.key("response")
            review.object { response in
                response.member("uid", uid)
                response.member("allowed", true)
                if !patch.isEmpty {
                    response.member("patchType", "JSONPatch")
                    response.key("patch")
                    response.base64(patch.bytes)
                }
                if !warnings.isEmpty {
                    response.key("warnings")
                    response.array { array in warnings.forEach { array.string($0) } }
                }
            }
        }
        return writer.bytes
    }
}
