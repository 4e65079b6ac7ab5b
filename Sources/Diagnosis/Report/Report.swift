internal import JSON
internal import Kubernetes

/// All findings about one cluster.
package struct Report: Equatable, Sendable {
    /// The URL of the API server.
    package var cluster: String
    package private(set) var findings: [Finding]

    package init(cluster: String, findings: [Finding] = []) {
        self.cluster = cluster
        self.findings = findings
    }

    package mutating func add(_ new: [Finding]) { findings += new }

    package func count(_ status: Finding.Status) -> Int { findings.count { $0.status == status } }

    package enum Verdict: Int32, Sendable {
        /// Everything was examined, and works.
        case well = 0
        case problem = 1
        /// No problem was found, but something could not be examined.
        case incomplete = 2
    }

    /// Warnings do not count. The raw value is the exit status.
    package var verdict: Verdict {
        if count(.problem) > 0 { return .problem }
        return count(.unknown) > 0 || findings.isEmpty ? .incomplete : .well
    }

    package var json: String {
        var writer = JSONWriter()
        writer.object { root in
            root.member("cluster", cluster)
            root.key("summary")
            root.object { summary in
                for status in Finding.Status.allCases {
                    summary.key(escaping: status.rawValue)
                    summary.int(count(status))
                }
            }
            root.key("findings")
            root.array { list in
                for finding in findings { finding.write(to: &list) }
            }
        }
        return writer.string
    }
}

extension Report {
    /// Performs a part of a check. If the API server refuses one of its requests, there is a finding about that, and the
    /// result is nil.
    mutating func attempt<Value: Sendable>(
        _ check: Finding.Check,
        _ body: () async throws(KubernetesError) -> Value
    ) async throws(KubernetesError) -> Value? {
        do {
            return try await body()
        } catch {
            guard case .refused(let status) = error, status.code != 401 else { throw error }
            let message = "the API server refused a request of this check: \(status.message ?? "\(status)")"
            let remedy = status.code == 403 ? Doctor.accessCommand : nil
            add([Finding.Topic(check, "doctor").unknown(.requestRefused, message, remedy: remedy)])
            return nil
        }
    }
}

extension Finding {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("check", check.rawValue)
            object.member("status", status.rawValue)
            object.member("code", code.rawValue)
            object.member("subject", subject)
            if let cloud { object.member("provider", cloud) }
            object.member("message", message)
            if let remedy { object.member("remedy", remedy) }
            if let note { object.member("note", note) }
            guard let pod, let owner = pod.workload.top else { return }
            object.key("workload")
            object.object {
                $0.member("namespace", pod.workload.namespace)
                $0.member("kind", owner.kind)
                $0.member("name", owner.name)
                guard let above = pod.workload.operatorOwner, above != owner else { return }
                $0.member("owner", above.description)
            }
        }
    }
}
