/// The report for people: a section for each check with a line for each finding, and the command that remedies it.
extension Report {
    /// How many findings of a check that are `ok` are listed. The others are only counted.
    private static let listedOK = 10

    /// - Parameter isColoured: Whether to use the escape sequences of a terminal.
    package func text(isColoured: Bool) -> String {
        let blocks = Finding.Check.allCases.compactMap { check in
            let findings = findings.filter { $0.check == check }
            return findings.isEmpty ? nil : Self.block(check, findings, isColoured)
        }
        return (blocks + [summary(isColoured)]).joined(separator: "\n") + "\n"
    }

    private static func block(_ check: Finding.Check, _ findings: [Finding], _ isColoured: Bool) -> String {
        let fine = findings.filter { $0.status == .ok }
        let listed = findings.filter { $0.status != .ok } + fine.prefix(listedOK)
        let width = listed.map(\.subject.count).max() ?? 0
        var lines = [paint(check.title, .bold, isColoured)]
        for (index, finding) in listed.enumerated() {
            let status = paint(
                finding.status.rawValue.padded(to: Finding.Status.width),
                finding.status.style,
                isColoured
            )
            lines.append("  \(status)  \(finding.subject.padded(to: width))  \(finding.message)")
            // Consecutive findings with the same remedy, such as pods of one Deployment, show it once.
            guard let remedy = finding.remedy, index + 1 == listed.count || listed[index + 1].remedy != remedy else {
                continue
            }
            lines.append(String(repeating: " ", count: Finding.Status.width + 4) + "$ " + remedy)
        }
        if fine.count > listedOK { lines.append("  and \(fine.count - listedOK) more that are ok") }
        return lines.joined(separator: "\n") + "\n"
    }

    private func summary(_ isColoured: Bool) -> String {
        let counts = [
            count(.problem).counted("problem"), count(.warning).counted("warning"), "\(count(.unknown)) unknown",
            "\(count(.ok)) ok",
        ].joined(separator: ", ")
        let style = isHealthy ? Finding.Status.ok.style : Finding.Status.problem.style
        return Self.paint("\(isHealthy ? "Nothing is wrong" : "Something is wrong"): \(counts).", style, isColoured)
    }

    /// The parameters of a terminal's SGR sequence (ECMA-48, 8.3.117).
    fileprivate enum Style: String {
        case bold = "1"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case cyan = "36"
    }

    private static func paint(_ text: String, _ style: Style, _ isColoured: Bool) -> String {
        isColoured ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
    }
}

extension Finding.Status {
    fileprivate static let width = 7

    fileprivate var style: Report.Style {
        switch self {
        case .ok: .green
        case .warning: .yellow
        case .problem: .red
        case .unknown: .cyan
        }
    }
}

extension Finding.Check {
    fileprivate var title: String {
        switch self {
        case .registration: "Registration"
        case .endpoints: "Endpoints"
        case .certificate: "Certificate"
        case .access: "Access"
        case .serviceAccounts: "ServiceAccounts"
        case .pods: "Pods"
        }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(0, width - count))
    }
}

extension Int {
    fileprivate func counted(_ noun: String) -> String { "\(self) \(noun)\(self == 1 ? "" : "s")" }
}
