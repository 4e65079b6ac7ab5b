internal import JSON
package import PodIdentity

/// What a review is answered with, and what the log says of it.
package struct AdmissionAnswer {
    package let uid: String
    package let namespace: String
    package let isDryRun: Bool
    package let outcome: PodOutcome
    /// The name of the pod, or what its name will start with.
    package let podName: String
    package let serviceAccount: NamespacedName?

    private let apiVersion: String

    init(_ review: AdmissionReview, _ pod: PodView?, _ outcome: PodOutcome) {
        apiVersion = review.apiVersion
        uid = review.uid
        namespace = review.namespace
        isDryRun = review.isDryRun
        self.outcome = outcome
        podName = pod?.metadata?["name"]?.string ?? pod?.metadata?["generateName"]?.string ?? ""
        serviceAccount = pod?.serviceAccount
    }

    /// The AdmissionReview to send back, as JSON.
    package var body: [UInt8] {
        let patch = outcome.patch
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
                if !outcome.warnings.isEmpty {
                    response.key("warnings")
                    response.array { array in outcome.warnings.forEach { array.string($0) } }
                }
            }
        }
        return writer.bytes
    }
}
