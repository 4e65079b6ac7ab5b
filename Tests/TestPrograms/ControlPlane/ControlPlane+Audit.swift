import Foundation
package import TestSupport

extension ControlPlane {
    /// The annotations of the requests that created pods in a namespace, in order.
    package func auditAnnotationsOfPods(in namespace: String) throws -> [APIObject] {
        let log = try String(contentsOfFile: auditLog, encoding: .utf8)
        return try log.split(separator: "\n").filter { $0.contains(namespace) }.compactMap { line in
            let event = try APIObject(json: String(line))
            let reference = event["objectRef"]
            guard reference["resource"].string == "pods", reference["namespace"].string == namespace else { return nil }
            return event["annotations"]
        }
    }

    /// The URIs of the successful requests with which a user listed ServiceAccounts, including watches that began with
    /// a list, in order.
    package func listsOfServiceAccounts(by user: String) throws -> [String] {
        let log = try String(contentsOfFile: auditLog, encoding: .utf8)
        var addresses: [String] = []
        var last: String?
        for line in log.split(separator: "\n") where line.contains(user) {
            let event = try APIObject(json: String(line))
            guard event["user"]["username"].string == user, event["responseStatus"]["code"].integer == 200,
                let address = event["requestURI"].string,
                event["verb"].string == "list" || address.contains("sendInitialEvents=true")
            else { continue }
            // A watch is audited when it starts and when it ends.
            guard event["auditID"].string != last else { continue }
            last = event["auditID"].string
            addresses.append(address)
        }
        return addresses
    }
}
