internal import ArgumentParser
internal import Diagnosis

/// The flags that determine which identities pods get: those on the command line, otherwise those that the webhook's
/// pods run with, otherwise the defaults.
struct WebhookFlags {
    /// The combination.
    let identities: IdentityOptions
    /// The flags that were given, without the defaults.
    let given: FlagValues
    /// All flags of the webhook; nil if it has no pods, or if their arguments cannot be read.
    let running: Serve?
    private(set) var findings: [Finding] = []

    /// The names and the defaults of the flags of `IdentityOptions`.
    private static let defaults = IdentityOptions.flagDefaults

    /// - Parameters:
    ///   - typed: The command line in the form for the argument parser.
    ///   - pods: The pods of the webhook, with arguments in pflag's syntax; empty if there are none.
    /// - Throws: An error if the given flags cannot be used together.
    init(typed: [String], pods: [RunningWebhook.Pod]) throws {
        let typed = FlagValues(typed).filter { Self.defaults[$0] != nil }
        var flags = FlagValues([])
        var serve: Serve?
        if let pod = pods.first {
            do {
                let arguments = try PFlagSyntax.normalise(pod.arguments)
                serve = try Serve.parse(arguments)
                flags = FlagValues(arguments).filter { Self.defaults[$0] != nil }
                findings.append(Self.read(pod, flags))
                if !pod.unresolved.isEmpty { findings.append(Self.unresolved(pod)) }
            } catch {
                findings.append(Self.unreadable(pod, error))
            }
        }
        running = serve
        if serve != nil { findings += Self.differences(typed, flags) + Self.differences(pods) }
        given = flags.filter { typed[$0] == nil }.merging(typed)
        identities = try IdentityOptions.parse(given.arguments)
    }

    // MARK: Findings

    private static func read(_ pod: RunningWebhook.Pod, _ flags: FlagValues) -> Finding {
        let text = flags.arguments.isEmpty ? "none that affect identities" : flags.description
        return finding(pod.name, .ok, .flagsRead, "the webhook's flags: \(text)")
    }

    private static func unresolved(_ pod: RunningWebhook.Pod) -> Finding {
        let message =
            "\(pod.unresolved.joined(separator: " ")) depend on variables whose values are not in the pod, so the defaults are "
            + "assumed, unless these flags are given here"
        return finding(pod.name, .unknown, .flagsUnreadable, message)
    }

    private static func unreadable(_ pod: RunningWebhook.Pod, _ error: any Error) -> Finding {
        let reason =
            (error as? PFlagSyntax.Failure)?.description ?? CommandLineMistakes(Serve.self, pod.arguments).first
            ?? Serve.message(for: error)
        let message = "its arguments do not fit this version of the webhook, so the defaults are assumed: \(reason)"
        return finding(pod.name, .unknown, .flagsUnreadable, message)
    }

    /// The flags on the command line take precedence, but do not show what pods actually get.
    private static func differences(_ typed: FlagValues, _ running: FlagValues) -> [Finding] {
        typed.names.compactMap { name in
            let (wanted, used) = (typed[name] ?? "", running[name] ?? defaults[name] ?? "")
            guard wanted != used else { return nil }
            let message = "given as \"\(wanted)\" here, but the webhook runs with \"\(used)\""
            return finding("--\(name)", .warning, .flagsDiffer, message)
        }
    }

    private static func differences(_ pods: [RunningWebhook.Pod]) -> [Finding] {
        guard let first = pods.first else { return [] }
        let others = pods.filter { $0.arguments != first.arguments }
        guard let other = others.first else { return [] }
        let message =
            "\(others.count) of \(pods.count) webhook pods run with other arguments than \(first.name), such as "
            + "\(other.name): what a pod gets depends on which of them answers"
        return [finding(other.name, .warning, .flagsDiffer, message)]
    }

    private static func finding(
        _ subject: String,
        _ status: Finding.Status,
        _ code: Finding.Code,
        _ message: String
    ) -> Finding {
        Finding(.flags, status, code, subject, message)
    }

    /// The webhook writes its CA into one registration, which should be the one through which it is called.
    mutating func compare(registration name: String) {
        guard let certificates = running?.certificates, certificates.inCluster,
            certificates.webhookConfiguration != name
        else { return }
        let message =
            "the webhook writes its CA into \(certificates.webhookConfiguration), but is called through \(name)"
        findings.append(Self.finding("--webhook-configuration", .warning, .flagsDiffer, message))
    }
}
