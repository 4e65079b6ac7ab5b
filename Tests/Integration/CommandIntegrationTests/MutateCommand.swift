import JSON
import TestPrograms
import TestSupport

/// `pod-identity-webhook mutate` as a process in its own folder.
struct MutateCommand {
    static let program = "\(TestFolders.products)/pod-identity-webhook"

    let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// Runs in the folder with these arguments.
    func run(_ arguments: [String], input: String = "") async throws -> Command.Output {
        try await Command(Self.program, ["mutate"] + arguments, directory: folder.path).run(input: Array(input.utf8))
    }

    /// Runs with the manifest on standard input, and expects success.
    func text(_ manifest: String, _ arguments: [String] = []) async throws -> String {
        let output = try await run(["-f", "-"] + arguments, input: manifest)
        guard output.status == 0 else {
            throw CommandError.failed("mutate", status: output.status, errorText: output.errorText)
        }
        return output.text
    }

    /// The only document in the output.
    func json(_ manifest: String, _ arguments: [String] = []) async throws -> JSONTree {
        try JSONTree(parsing: try await text(manifest, ["-o", "json"] + arguments).utf8)
    }

    /// The lines of the output with `-o patch`.
    func patches(_ manifest: String, _ arguments: [String] = []) async throws -> [JSONTree] {
        let text = try await text(manifest, ["-o", "patch"] + arguments)
        return try text.split(separator: "\n").map { try JSONTree(parsing: $0.utf8) }
    }

    /// Writes a file with one ServiceAccount that has a role, and returns the file's name.
    func serviceAccount(_ name: String = "shop", namespace: String = "store", role: String = "shop") throws -> String {
        try folder.write(Self.serviceAccount(name, namespace: namespace, role: role), to: "\(namespace)-\(name).yaml")
    }

    static func serviceAccount(_ name: String, namespace: String = "store", role: String = "shop") -> String {
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: \(name)
          namespace: \(namespace)
          annotations:
            eks.amazonaws.com/role-arn: arn:aws:iam::012345678901:role/\(role)

        """
    }

    static let pod = """
        apiVersion: v1
        kind: Pod
        metadata:
          name: shop
          namespace: store
        spec:
          serviceAccountName: shop
          containers:
          - name: main
            image: main:1

        """
}

extension MutateCommand {
    /// A Pod as JSON.
    static func pod(named name: String, account: String) -> String {
        #"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"\#(name)","namespace":"store"},"#
            + #""spec":{"serviceAccountName":"\#(account)","containers":[{"name":"main"}]}}"#
    }
}

extension JSONTree {
    /// The role of each of a pod's containers.
    func roles(ofPodAt path: [String] = []) -> [String?] {
        self[path: path + ["spec", "containers"]]?.elements?.map { container in
            let role = container["env"]?.elements?.first { $0["name"] == .string("AWS_ROLE_ARN") }
            return role?["value"]?.string
        } ?? []
    }

    /// The element of a list, if it exists.
    subscript(index: Int) -> JSONTree? {
        elements.flatMap { $0.indices.contains(index) ? $0[index] : nil }
    }
}
