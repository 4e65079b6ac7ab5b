import Glibc
import HTTPServer
import Testing

@testable import pod_identity_webhook

@Suite(.timeLimit(.minutes(5)))
struct PrivilegedPortsTests {
    @Test(arguments: [
        (443, EACCES, true), (1023, EACCES, true), (1024, EACCES, false), (443, EADDRINUSE, false),
    ])
    func `Only a permission error for a port below 1024 is explained`(port: Int, code: Int32, isExplained: Bool) {
        let error = HTTPServerError.listen(port: port, reason: String(cString: strerror(code)))
        let explained = "\(PrivilegedPorts.explaining(error))"
        #expect(explained.hasPrefix("\(error)"))
        #expect(explained.contains("--port=8443") == isExplained)
    }

    @Test func `Other errors remain unchanged`() {
        struct Other: Error {}
        #expect(PrivilegedPorts.explaining(Other()) is Other)
    }
}
