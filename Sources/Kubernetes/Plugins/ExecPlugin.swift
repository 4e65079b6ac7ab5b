internal import FoundationEssentials
internal import Glibc

/// The `exec` of a kubeconfig's user: a program that prints credentials, such as `aws eks get-token`.
struct ExecPlugin: Sendable {
    /// Whether the program may ask its user something.
    enum InteractiveMode: String, Sendable {
        case never = "Never"
        case ifAvailable = "IfAvailable"
        case always = "Always"
    }

    /// The kubeconfig and the field in it, for errors.
    let source: String
    let field: String

    /// What the kubeconfig has: a path, or a name to look up in `PATH`.
    let command: String
    /// Relative commands with a slash start here; empty for the working directory.
    let folder: String
    let arguments: [String]
    /// Variables in addition to our own environment.
    let variables: [(name: String, value: String)]
    let apiVersion: String
    let installHint: String?
    let interactiveMode: InteractiveMode
    let cluster: ExecInfo.Cluster?

    /// How long the program may take; `interactiveLimit` is for when its user may have to type something.
    static let limit = Duration.seconds(30)
    static let interactiveLimit = Duration.seconds(300)

    /// Blocks until the program has ended.
    func run(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        hasTerminal: Bool = isatty(STDIN_FILENO) == 1,
        limit: Duration? = nil
    ) throws(KubernetesError) -> ExecCredential {
        let isInteractive = interactiveMode != .never && hasTerminal
        guard isInteractive || interactiveMode != .always else {
            throw error("wants to ask its user, and standard input is no terminal")
        }
        var environment = environment
        for variable in variables { environment[variable.name] = variable.value }
        let info = ExecInfo(apiVersion: apiVersion, isInteractive: isInteractive, cluster: cluster)
        environment["KUBERNETES_EXEC_INFO"] = info.json
        guard let path = path(environment["PATH"]) else {
            throw error("was not found\(command.contains("/") ? "" : " in PATH")\(hint)")
        }
        let process = ChildProcess(
            path: path,
            arguments: arguments,
            environment: environment.map { "\($0.key)=\($0.value)" },
            isInteractive: isInteractive
        )
        let limit = limit ?? (isInteractive ? Self.interactiveLimit : Self.limit)
        let output: ChildProcess.Output
        do {
            output = try process.run(limit: limit)
        } catch {
            throw self.error(describe(error, limit))
        }
        guard output.status == 0 else {
            throw error("ended with \(Self.describe(output.status))\(Self.said(output.standardError))")
        }
        do {
            return try ExecCredential(output.standardOutput, apiVersion: apiVersion)
        } catch {
            throw self.error("cannot be used: \(error.reason)\(Self.said(output.standardError))")
        }
    }

    func error(_ reason: String) -> KubernetesError {
        .configuration(source: source, field: field, reason: "the credential plugin '\(command)' \(reason)")
    }

    /// Nil if there is no such program.
    private func path(_ searchPath: String?) -> String? {
        guard !command.contains("/") else {
            let path = command.hasPrefix("/") ? command : folder + command
            return Self.isProgram(path) ? path : nil
        }
        let folders = (searchPath ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":")
        return folders.lazy.map { "\($0)/\(command)" }.first(where: Self.isProgram)
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    private var hint: String { installHint.map { ": \($0)" } ?? "" }

    private func describe(_ failure: ChildProcess.Failure, _ limit: Duration) -> String {
        switch failure {
        case .notStarted(let reason): "could not be started: \(reason)\(hint)"
        case .timedOut(let text): "did not end within \(limit.formattedSeconds)\(Self.said(text))"
        case .tooMuchOutput: "wrote more than a credential is long"
        }
    }

    /// - Parameter status: The status that `waitpid` gives.
    private static func describe(_ status: Int32) -> String {
        let signal = status & 0x7f
        return signal == 0 ? "exit status \(status >> 8 & 0xff)" : "signal \(signal)"
    }

    /// The end of what the program wrote to standard error, where the reason usually is, in one line.
    private static func said(_ standardError: [UInt8]) -> String {
        let text = String(decoding: standardError.suffix(2000), as: UTF8.self)
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.isEmpty ? "" : "; it wrote: \(line)"
    }
}
