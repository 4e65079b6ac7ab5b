import NIOCore
import Testing

@testable import HTTPClient

/// What becomes of a handshake when the proxy sends certain bytes.
struct HandshakeRun: Equatable {
    /// What the client sends, without its greeting.
    var sent: [[UInt8]] = []
    var isComplete = false
    /// What the handshake leaves to the server's connection.
    var rest: [UInt8] = []
    var failure: String?

    init(_ handshake: some ProxyHandshake, _ pieces: [ArraySlice<UInt8>]) {
        var handshake = handshake
        var input = ByteBuffer()
        do throws(ProxyFailure) {
            for piece in pieces {
                input.writeBytes(piece)
                loop: while !isComplete {
                    switch try handshake.receive(&input) {
                    case .wait: break loop
                    case .send(let bytes): sent.append(bytes)
                    case .complete: isComplete = true
                    }
                }
            }
            if isComplete { rest = Array(buffer: input) }
        } catch {
            failure = error.reason
        }
    }

    /// Checks that the places at which the bytes are cut make no difference.
    static func everyCut(_ handshake: some ProxyHandshake, _ bytes: [UInt8]) -> HandshakeRun {
        let whole = HandshakeRun(handshake, [bytes[...]])
        #expect(HandshakeRun(handshake, bytes.indices.map { bytes[$0...$0] }) == whole)
        for cut in bytes.indices {
            #expect(HandshakeRun(handshake, [bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
        }
        return whole
    }

    /// Checks that what is incomplete waits, and that no byte can be changed to one that the handshake does not survive.
    static func damage(_ handshake: some ProxyHandshake, _ bytes: [UInt8]) {
        for end in bytes.indices {
            let run = HandshakeRun(handshake, [bytes[..<end]])
            #expect(!run.isComplete && run.failure == nil, "\(end) bytes")
            for value in [0, 1, 3, 4, 0x20, 0x80, 0xff] as [UInt8] {
                var changed = bytes
                changed[end] = value
                _ = HandshakeRun(handshake, [changed[...]])
            }
        }
    }
}
