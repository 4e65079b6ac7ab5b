internal import COpenSSL

/// The calling thread's queue of OpenSSL errors. A stale entry makes `SSL_get_error` report a failure that did not
/// happen, so the queue is cleared before each call that may add to it.
enum OpenSSLErrorQueue {
    static func clear() {
        // Clearing an empty queue takes ten times as long as looking at it.
        if ERR_peek_error() != 0 { ERR_clear_error() }
    }

    /// Empties the queue and joins the distinct reasons, oldest first; `nil` if there was no error.
    static func drain() -> String? {
        var reasons: [String] = []
        while true {
            var data: UnsafePointer<CChar>?
            var flags: Int32 = 0
            let code = ERR_get_error_all(nil, nil, nil, &data, &flags)
            guard code != 0 else { break }
            let reason = text(code, data: flags & ERR_TXT_STRING != 0 ? data : nil)
            if !reasons.contains(reason) { reasons.append(reason) }
        }
        return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }

    /// Whether the newest entry has this reason code of this OpenSSL library (`ERR_LIB_…`).
    static func last(is library: Int32, _ reason: Int32) -> Bool {
        let code = ERR_peek_last_error()
        return COpenSSL_ERR_GET_LIB(code) == library && COpenSSL_ERR_GET_REASON(code) == reason
    }

    private static func text(_ code: UInt, data: UnsafePointer<CChar>?) -> String {
        var reason = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(String(code, radix: 16))"
        if let data, data.pointee != 0 {
            reason += " (\(String(cString: data)))"
        }
        return reason
    }
}

extension TLSError {
    /// The failure of an OpenSSL function, for the reasons in the error queue or, if it is empty, the one given.
    static func failed(_ call: String, _ reason: String = "out of memory") -> TLSError {
        .library(call: call, reason: OpenSSLErrorQueue.drain() ?? reason)
    }
}
