internal import FoundationEssentials
internal import Glibc

/// A credential plugin, the `exec` of a kubeconfig's user: a program that prints credentials, such as `aws eks
/// get-token`.
struct ExecPlugin: Sendable {
    /// Whether the program may ask its user for input.
    enum InteractiveMode: String, Sendable {
        case never = "Never"
        case ifAvailable = "IfAvailable"
        case always = "Always"
    }

    /// The path of the kubeconfig, for errors.
    let source: String
    /// The field in the kubeconfig, for errors.
    let field: String
    /// A path, or a name to look up in `PATH`.
    let command: String
    /// The folder that relative commands with a slash are resolved against.
    let folder: String
    let arguments: [String]
    /// Variables in addition to our own environment.
    let variables: [(name: String, value: String)]
    let apiVersion: String
    let installHint: String?
    let interactiveMode: InteractiveMode
    let cluster: ExecInfo.Cluster?

    /// How long the program may take if it cannot ask its user.
    static let limit = Duration.seconds(30)
    /// How long the program may take if its user may have to type something.
    static let interactiveLimit = Duration.seconds(300)

    /// Blocks until the program has ended.
    func run(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        hasTerminal: Bool = isatty(STDIN_FILENO) == 1,
        limit: Duration? = nil
    ) throws(KubernetesError) -> ExecCredential {
        let isInteractive = interactiveMode != .never && hasTerminal
        guard isInteractive || interactiveMode != .always else {
            throw error("needs user input, but standard input is not a terminal")
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
            throw error("ended with \(Self.describe(output.status))\(Self.excerpt(of: output.standardError))")
        }
        do {
            return try ExecCredential(output.standardOutput, apiVersion: apiVersion)
        } catch {
            throw self.error("cannot be used: \(error.reason)\(Self.excerpt(of: output.standardError))")
        }
    }

    func error(_ reason: String) -> KubernetesError {
        .configuration(source: source, field: field, reason: "the credential plugin '\(command)' \(reason)")
    }

    /// The path of the program; nil if it does not exist.
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
        case .timedOut(let text): "did not finish within \(limit.formattedSeconds)\(Self.excerpt(of: text))"
        case .tooMuchOutput: "wrote more output than a credential can have"
        }
    }

    /// - Parameter status: The status that `waitpid` returned.
    private static func describe(_ status: Int32) -> String {
        let signal = status & 0x7f
        return signal == 0 ? "exit status \(status >> 8 & 0xff)" : "signal \(signal)"
    }

    /// The end of the program's standard error, where the reason usually is, in one line.
    private static func excerpt(of standardError: [UInt8]) -> String {
        let text = String(decoding: standardError.suffix(2000), as: UTF8.self)
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.isEmpty ? "" : "; it wrote: \(line)"
    }
}
