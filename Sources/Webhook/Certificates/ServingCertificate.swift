package import NIOOpenSSL
internal import Synchronization

/// The certificate that new connections are served with. Exchanged in place; live connections keep theirs.
package final class ServingCertificate: Sendable {
    private let current = Mutex<TLSContext?>(nil)

    package init() {}

    /// Nil until the first one is there.
    package var context: TLSContext? { current.withLock { $0 } }

    package func exchange(for context: TLSContext) { current.withLock { $0 = context } }
}
