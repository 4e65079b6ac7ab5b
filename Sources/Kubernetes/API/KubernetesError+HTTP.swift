internal import HTTPClient
internal import NIOCore
internal import NIOHTTP1

extension KubernetesError {
    /// - Parameter requester: The user that made the request; nil if it had no credentials.
    init(_ error: HTTPClientError, from server: ServerURL, requester: String? = nil) {
        switch error {
        case .refused(let code, let headers, let body):
            var status = APIStatus(code: code, headers: headers, body: body)
            if code == 401 { status.requester = requester.map { "as \($0)" } ?? "without credentials" }
            self = .refused(status)
        case .connection, .untrusted, .responseMemoryExhausted:
            self = .connection(server: "\(server)", reason: "\(error)")
        case .timedOut(let step, let limit):
            // Almost every stream is a watch.
            let what = step == .nextPart ? "the next part of a watch" : step.rawValue
            self = .timedOut(what: what, server: "\(server)", limit: limit)
        case .notHTTP(let reason): self = .malformedAnswer("what \(server) sent is not HTTP/1.1 (\(reason))")
        case .responseTooLarge(let limit): self = .answerTooLarge(limit: limit)
        case .cancelled: self = .cancelled
        }
    }
}

extension APIStatus {
    /// The error in a response other than 2xx.
    fileprivate init(code: Int, headers: HTTPHeaders, body: ByteBuffer) {
        self = (try? body.parse { APIStatus($0, code: code) }) ?? APIStatus(code: code)
        if retryAfter == nil, let seconds = headers.first(name: "Retry-After").flatMap(Int.init), seconds > 0 {
            retryAfter = .seconds(seconds)
        }
        if reason == nil, message == nil {
            if headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/html") ?? false {
                message = "it answered with a web page, so it may not be a Kubernetes API server"
                return
            }
            let text = String(decoding: body.readableBytesView.prefix(200), as: UTF8.self)
            let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if !words.isEmpty { message = words }
        }
    }
}
