internal import JSON

/// A list that is read page by page, so that no more than a page of it is in memory.
package struct ObjectPages: Sendable {
    private let resource: Resource
    private let client: APIClient
    private let pageSize: Int

    package init(_ resource: Resource, client: APIClient, pageSize: Int = 500) {
        self.resource = resource
        self.client = client
        self.pageSize = pageSize
    }

    /// What `take` makes of all objects. A list that takes longer than the server keeps its state goes on with a newer
    /// one, where the server offers that.
    package func reduce<Result: Sendable>(
        into initial: Result,
        _ take: @Sendable (inout Result, ObjectView) -> Void
    ) async throws(KubernetesError) -> Result {
        var result = initial
        var token: String?
        repeat {
            do {
                let page = try await client.send(resource.listRequest(limit: pageSize, continueToken: token))
                token = try page.parse { root in
                    for object in ObjectPage(root["items"]) { take(&result, object) }
                    return root["metadata"]?["continue"]?.string.flatMap { $0.isEmpty ? nil : $0 }
                }
            } catch {
                guard case .refused(let status) = error, error.isGone, let newer = status.continueToken, token != newer
                else { throw error }
                token = newer
            }
        } while token != nil
        return result
    }
}
