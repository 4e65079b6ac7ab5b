package import HTTPClient
package import Logging
package import NIOCore
internal import NIOHTTP1
internal import NIOOpenSSL

/// Sends requests to the API server: with credentials, and once more with new ones after a 401.
package final class APIClient: Sendable {
    /// The defaults suit the API server. An object that etcd keeps (1.5 MiB by default), annotations of 256 KiB in which
    /// each character is escaped, and a page of a list fit into a response, for which the parser may need nine times as
    /// much for a moment. The API server closes a connection that has been idle for 90 seconds.
    package typealias Options = HTTPClient.Options

    package let configuration: ClusterConfiguration
    private let client: HTTPClient
    private let metrics: APIMetrics?
    private let logger: Logger

    package init(
        _ configuration: ClusterConfiguration,
        on group: any EventLoopGroup,
        options: Options = Options(),
        metrics: APIMetrics? = nil,
        logger: Logger
    ) {
        self.configuration = configuration
        self.metrics = metrics
        self.logger = logger
        client = HTTPClient(
            configuration.server,
            tlsServerName: configuration.tlsServerName,
            proxy: configuration.proxy,
            on: group,
            options: options,
            logger: logger
        )
        configuration.access.log(to: logger)
        if let proxy = configuration.proxy {
            logger.info("requests to the API server go through a proxy", metadata: ["proxy": "\(proxy)"])
        }
    }

    package var server: ServerURL { client.server }

    /// The maximum number of bytes of a response, or of a line of a stream.
    package var maximumResponseBytes: Int { client.options.maximumResponseBytes }

    /// Closes the idle connections; those in use are closed when their response is complete.
    package func shutDown() { client.shutDown() }

    /// - Throws: `KubernetesError.refused` for a status other than 2xx.
    package func get(
        _ path: String,
        query: [(name: String, value: String)] = []
    ) async throws(KubernetesError) -> APIResponse {
        try await send(APIRequest(path: path, query: query))
    }

    /// - Throws: `KubernetesError.refused` for a status other than 2xx.
    package func send(_ request: APIRequest) async throws(KubernetesError) -> APIResponse {
        let response = try await authorized { identity throws(HTTPClientError) in
            let timer = metrics?.start(request.operation)
            do throws(HTTPClientError) {
                let response = try await self.client.send(
                    request.http(identity.authorization, identity.impersonation),
                    tls: identity.tls
                )
                timer?.end(status: response.status)
                return response
            } catch {
                timer?.end(error)
                throw error
            }
        }
        return APIResponse(response)
    }

    /// Returns the response line by line, as a watch needs it.
    ///
    /// - Parameter idleTimeout: How long the server may be silent.
    /// - Throws: `KubernetesError.refused` for a status other than 2xx.
    package func stream(_ request: APIRequest, idleTimeout: Duration) async throws(KubernetesError) -> LineStream {
        LineStream(try await body(of: request, idleTimeout: idleTimeout), from: server, limit: maximumResponseBytes)
    }

    /// Returns the objects of a list as they arrive.
    ///
    /// - Throws: `KubernetesError.refused` for a status other than 2xx.
    func list(_ request: APIRequest) async throws(KubernetesError) -> ListStream {
        ListStream(try await body(of: request), from: server, limit: maximumResponseBytes)
    }

    /// Returns the body of the response as it arrives, of any length.
    func body(of request: APIRequest, idleTimeout: Duration? = nil) async throws(KubernetesError) -> ResponseBody {
        let idleTimeout = idleTimeout ?? client.options.responseTimeout
        return try await authorized { identity throws(HTTPClientError) in
            let timer = metrics?.start(request.operation)
            do throws(HTTPClientError) {
                let body = try await self.client.stream(
                    request.http(identity.authorization, identity.impersonation),
                    tls: identity.tls,
                    idleTimeout: idleTimeout
                )
                // A list or a watch is only ever answered with 200 (Kubernetes API concepts).
                timer?.end(status: 200)
                return body
            } catch {
                timer?.end(error)
                throw error
            }
        }
    }

    // MARK: Credentials

    /// The credentials for the server, and the context for connections.
    private struct Identity {
        let authorization: String?
        let tls: TLSContext?
        let impersonation: HTTPHeaders

        static func == (left: Identity, right: Identity) -> Bool {
            left.authorization == right.authorization && left.tls === right.tls
        }
    }

    private func identity() async throws(KubernetesError) -> Identity {
        let access = configuration.access.current
        return Identity(
            authorization: try await access.credentials.authorization(),
            tls: try await access.credentials.tlsContext() ?? access.tls,
            impersonation: access.impersonation
        )
    }

    /// Runs `attempt` with the credentials, and once more after a 401 if the credentials have changed: an expired token
    /// may have been replaced in its file.
    private func authorized<Result: ~Copyable>(
        _ attempt: (Identity) async throws(HTTPClientError) -> Result
    ) async throws(KubernetesError) -> Result {
        let identity = try await identity()
        do throws(HTTPClientError) {
            return try await attempt(identity)
        } catch {
            guard case .refused(401, _, _) = error, let renewed = try await renewed(identity) else {
                throw KubernetesError(error, from: server, requester: configuration.requester)
            }
            logger.debug("the API server rejected the credentials; retrying with new ones")
            do throws(HTTPClientError) {
                return try await attempt(renewed)
            } catch {
                throw KubernetesError(error, from: server, requester: configuration.requester)
            }
        }
    }

    /// Returns credentials other than those that were refused; nil if there are none.
    private func renewed(_ refused: Identity) async throws(KubernetesError) -> Identity? {
        var renewed = try await identity()
        // Another request may have renewed them meanwhile.
        if renewed == refused {
            configuration.access.refused()
            renewed = try await identity()
        }
        return renewed == refused ? nil : renewed
    }
}
