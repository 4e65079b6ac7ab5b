internal import NIOCore

/// The number of objects to request in a page of a list. Their size is not known in advance, so a page that proves too
/// large is requested again with half as many, and pages grow again as long as they are small.
struct PageSize: Equatable, Sendable {
    let maximum: Int
    private(set) var current: Int

    init(maximum: Int) {
        self.maximum = maximum
        current = maximum
    }

    /// Returns whether a smaller page can be requested.
    mutating func halve() -> Bool {
        guard current > 1 else { return false }
        current /= 2
        return true
    }

    /// A page arrived with `count` of the `limit` bytes that it may have.
    mutating func received(_ count: Int, of limit: Int) {
        if count <= limit / 4 { current = min(maximum, current * 2) }
    }
}

/// Reads a list page by page. No page is larger than the client's limit.
struct PageReader: Sendable {
    enum Page {
        case whole(ByteBuffer)
        /// The page has one object, and is larger than a page may be.
        case tooLarge(SkippedPage)
    }

    /// The maximum number of bytes of a page that are read to skip its object: etcd does not store objects of nearly
    /// this size.
    private static let longest = 128 * 1024 * 1024
    /// The longest time that reading them may take.
    private static let patience = Duration.seconds(120)

    private let resource: Resource
    private let client: APIClient
    private(set) var size: PageSize

    init(_ resource: Resource, client: APIClient, pageSize: Int) {
        self.resource = resource
        self.client = client
        size = PageSize(maximum: pageSize)
    }

    mutating func read(continueToken: String?) async throws(KubernetesError) -> Page {
        while true {
            do {
                let request = resource.listRequest(limit: size.current, continueToken: continueToken)
                let body = try await client.send(request).body
                size.received(body.readableBytes, of: client.maximumResponseBytes)
                return .whole(body)
            } catch {
                guard case .answerTooLarge = error else { throw error }
                guard size.halve() else { return try await skip(continueToken) }
            }
        }
    }

    /// Skips the object, unless it has become smaller in the meantime, so that its page can be read.
    private func skip(_ continueToken: String?) async throws(KubernetesError) -> Page {
        var parts = try await client.body(of: resource.listRequest(limit: 1, continueToken: continueToken))
        var skimmer = SkippedPage.skimmer()
        var body = ByteBuffer()
        var length = 0
        let deadline = ContinuousClock.now + Self.patience
        while let part = try await parts.next(from: client.server) {
            length += part.readableBytes
            guard length <= Self.longest else { throw .answerTooLarge(limit: Self.longest) }
            guard ContinuousClock.now < deadline else {
                throw .timedOut(what: "a page of a list", server: "\(client.server)", limit: Self.patience)
            }
            part.withUnsafeReadableBytes { skimmer.feed($0) }
            if length <= client.maximumResponseBytes { body.writeImmutableBuffer(part) } else { body = ByteBuffer() }
        }
        return length <= client.maximumResponseBytes ? .whole(body) : .tooLarge(try SkippedPage(skimmer))
    }
}
