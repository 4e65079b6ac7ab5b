/// The report for human readers: a section for each check, with a line for each finding and the command that remedies
/// it.
extension Report {
    /// The maximum number of `ok` lines that are listed for a check. The others are only counted.
    private static let listedOK = 10
    /// The maximum number of lines that are listed for each other status.
    private static let listedOthers = 100

    /// - Parameters:
    ///   - isColoured: Whether to use the escape sequences of a terminal.
    ///   - isVerbose: Whether every finding has a line.
    package func text(isColoured: Bool, isVerbose: Bool = false) -> String {
        let blocks = Finding.Check.allCases.compactMap { check in
            let findings = findings.filter { $0.check == check }
            return findings.isEmpty ? nil : Self.block(check, findings, isColoured, isVerbose)
        }
        return (blocks + [summary(isColoured)]).joined(separator: "\n") + "\n"
    }

    private static func block(
        _ check: Finding.Check,
        _ findings: [Finding],
        _ isColoured: Bool,
        _ isVerbose: Bool
    ) -> String {
        let all = isVerbose ? findings.map { ReportLine($0) } : ReportLine.lines(findings)
        let (listed, hidden) = selection(all, isVerbose)
        let width = listed.map(\.subject.count).max() ?? 0
        var lines = [paint(check.title, .bold, isColoured)]
        for (index, line) in listed.enumerated() {
            let status = paint(line.status.rawValue.padded(to: Finding.Status.width), line.status.style, isColoured)
            lines.append(
                "  \(status)  \(line.subject.printable.padded(to: width))  \(line.message.onOneLine.printable)"
            )
            // Consecutive lines with the same remedy show it only once.
            let next = index + 1 < listed.count ? listed[index + 1] : nil
            guard (next?.remedy, next?.note) != (line.remedy, line.note) else { continue }
            let indent = String(repeating: " ", count: Finding.Status.width + 4)
            if let remedy = line.remedy { lines.append("\(indent)$ \(remedy.printable)") }
            if let note = line.note { lines.append("\(indent)\(note.onOneLine.printable)") }
        }
        for (status, count) in hidden {
            lines.append("  and \(count) more \(status == .ok ? "that are ok" : "with \(status.rawValue) (-v)")")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The lines to list, with the `ok` ones at the end, and the number of lines that are left out.
    private static func selection(
        _ all: [ReportLine],
        _ isVerbose: Bool
    ) -> (listed: [ReportLine], hidden: [(Finding.Status, Int)]) {
        var counts: [Finding.Status: Int] = [:]
        var listed: [ReportLine] = []
        for line in all.filter({ $0.status != .ok }) + all.filter({ $0.status == .ok }) {
            counts[line.status, default: 0] += 1
            let limit = line.status == .ok ? listedOK : listedOthers
            if isVerbose || counts[line.status, default: 0] <= limit { listed.append(line) }
        }
        let hidden = Finding.Status.allCases.map { status in
            (status, counts[status, default: 0] - listed.count { $0.status == status })
        }
        return (listed, hidden.filter { $0.1 > 0 })
    }

    private func summary(_ isColoured: Bool) -> String {
        let counts = [
            count(.problem).counted("problem"), count(.warning).counted("warning"), "\(count(.unknown)) unknown",
            "\(count(.ok)) ok",
        ].joined(separator: ", ")
        let (words, status): (String, Finding.Status) =
            switch verdict {
            case .well: ("Nothing is wrong", .ok)
            case .problem: ("Something is wrong", .problem)
            case .incomplete: ("Nothing wrong was found, but not everything could be checked", .unknown)
            }
        return Self.paint("\(words): \(counts).", status.style, isColoured)
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
        case .flags: "Flags"
        case .access: "Access"
        case .serviceAccounts: "ServiceAccounts"
        case .trust: "Trust policies"
        case .pods: "Pods"
        case .issuer: "Issuer"
        case .roles: "Roles"
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
