/// A line of the report for human readers: a finding, or those of all pods of one workload with the same cause.
struct ReportLine: Equatable {
    let status: Finding.Status
    private(set) var subject: String
    private(set) var message: String
    private(set) var remedy: String?
    private(set) var note: String?

    /// The maximum number of pods of a workload that are named.
    private static let named = 2

    init(_ finding: Finding) {
        status = finding.status
        subject = finding.subject
        message = finding.message
        remedy = finding.remedy
        note = finding.note
    }

    /// The lines for the findings of one check, each in the place of its first finding.
    static func lines(_ findings: [Finding]) -> [ReportLine] {
        var groups: [[Finding]] = []
        var places: [Key: Int] = [:]
        for finding in findings {
            guard let key = Key(finding) else {
                groups.append([finding])
                continue
            }
            if let place = places[key] {
                groups[place].append(finding)
            } else {
                places[key] = groups.count
                groups.append([finding])
            }
        }
        return groups.compactMap(line)
    }

    private struct Key: Hashable {
        let status: Finding.Status
        let code: Finding.Code
        let namespace: String
        let owner: Workload.Owner
        let cause: String

        /// Fails for findings with a line of their own, such as those about bare pods: each of these is replaced in its
        /// own way.
        init?(_ finding: Finding) {
            guard let pod = finding.pod, let owner = pod.workload.top else { return nil }
            (status, code, namespace, self.owner) = (finding.status, finding.code, pod.workload.namespace, owner)
            cause = pod.cause
        }
    }

    /// - Parameter group: Findings with the same key, or a single one.
    private static func line(_ group: [Finding]) -> ReportLine? {
        guard let first = group.first else { return nil }
        var line = ReportLine(first)
        guard group.count > 1, let pod = first.pod else { return line }
        let names = group.compactMap { $0.pod?.name }
        let rest = names.count > named ? ", …" : ""
        line.subject = "\(pod.workload.namespace)/\(pod.workload)"
        line.message = "\(names.count) pods (\(names.prefix(named).joined(separator: ", "))\(rest)): \(pod.cause)"
        if first.message.hasSuffix(Remedy.unsafe) { line.message += Remedy.unsafe }
        // Commands that replace one pod each are combined; all others are about what the pods have in common, or are
        // examples.
        if group.allSatisfy(\.isReplacement) {
            let remedy = pod.workload.replaceCommand(for: names)
            (line.remedy, line.note) = (remedy.shownCommand, remedy.shownNote)
        }
        return line
    }
}

extension Finding {
    /// Whether the remedy is to replace the pod.
    fileprivate var isReplacement: Bool {
        guard let pod else { return false }
        let replacement = pod.workload.replaceCommand(for: [pod.name])
        return remedy == replacement.shownCommand && note == replacement.shownNote
    }
}
