internal import JSON
package import KubernetesObjects

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

    /// Reduces all objects to a result with `take`. A list that takes longer than the server keeps its state continues
    /// with a newer one, if the server offers that.
    ///
    /// - Parameter skip: Receives an object that is larger than a response may be; without it, such an object ends the
    ///   list.
    /// - Throws: `KubernetesError.objectTooLarge`, or why the server could not be asked.
    package func reduce<Result: Sendable>(
        into initial: Result,
        skip: (@Sendable (inout Result, SkippedObject) -> Void)? = nil,
        _ take: @Sendable (inout Result, ObjectView) -> Void
    ) async throws(KubernetesError) -> Result {
        var result = initial
        var token: String?
        var reader = PageReader(resource, client: client, pageSize: pageSize)
        repeat {
            do throws(KubernetesError) {
                switch try await reader.read(continueToken: token) {
                case .whole(let body):
                    token = try body.parse { root in
                        let metadata = try ListMeta(root)
                        root["items"]?.elements.forEach { take(&result, ObjectView($0)) }
                        return metadata.continueToken
                    }
                case .tooLarge(let page):
                    guard let skip else {
                        throw KubernetesError.objectTooLarge(page.object, resource, limit: client.maximumResponseBytes)
                    }
                    skip(&result, page.object)
                    token = page.continueToken.flatMap { $0.isEmpty ? nil : $0 }
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
