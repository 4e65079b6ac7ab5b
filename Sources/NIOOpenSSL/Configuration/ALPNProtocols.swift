internal import COpenSSL

/// ALPN protocol identifiers as they are sent (RFC 7301, section 3.1): each follows a byte with its length. The memory
/// does not move, since OpenSSL keeps pointers into it.
final class ALPNProtocols: Sendable {
    /// This is safe to share because only `init` writes it.
    nonisolated(unsafe) let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ names: [String]) throws(TLSError) {
        var encoded: [UInt8] = []
        for name in names {
            guard let length = UInt8(exactly: name.utf8.count), length > 0 else {
                throw .invalidApplicationProtocol(name)
            }
            encoded.append(length)
            encoded.append(contentsOf: name.utf8)
        }
        bytes = .allocate(capacity: encoded.count)
        _ = bytes.initialize(from: encoded)
    }

    deinit { bytes.deallocate() }
}

/// OpenSSL's callback on a server: selects the first of our protocols that the client offers. If it offers none of
/// them, the handshake continues without a protocol.
func selectProtocol(
    _: OpaquePointer?,
    output: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    outputLength: UnsafeMutablePointer<UInt8>?,
    offer: UnsafePointer<UInt8>?,
    offerLength: UInt32,
    argument: UnsafeMutableRawPointer?
) -> Int32 {
    guard let argument, let output else { return SSL_TLSEXT_ERR_NOACK }
    let ours = Unmanaged<ALPNProtocols>.fromOpaque(argument).takeUnretainedValue().bytes
    var selected: UnsafeMutablePointer<UInt8>?
    let result = SSL_select_next_proto(
        &selected,
        outputLength,
        ours.baseAddress,
        UInt32(ours.count),
        offer,
        offerLength
    )
    guard result == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_NOACK }
    output.pointee = UnsafePointer(selected)
    return SSL_TLSEXT_ERR_OK
}
