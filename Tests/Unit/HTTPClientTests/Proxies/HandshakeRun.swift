import NIOCore
import Testing

@testable import HTTPClient

/// The outcome of a handshake with certain bytes from the proxy.
struct HandshakeRun: Equatable {
    /// What the client sends after its greeting.
    var sent: [[UInt8]] = []
    var isComplete = false
    /// The bytes that the handshake leaves to the server's connection.
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

    /// Checks that the result is the same however the bytes are divided.
    static func everyCut(_ handshake: some ProxyHandshake, _ bytes: [UInt8]) -> HandshakeRun {
        let whole = HandshakeRun(handshake, [bytes[...]])
        #expect(HandshakeRun(handshake, bytes.indices.map { bytes[$0...$0] }) == whole)
        for cut in bytes.indices {
            #expect(HandshakeRun(handshake, [bytes[..<cut], bytes[cut...]]) == whole, "cut at \(cut)")
        }
        return whole
    }

    /// Checks that the handshake waits for more if its input is incomplete, and does not crash if a byte is changed.
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
