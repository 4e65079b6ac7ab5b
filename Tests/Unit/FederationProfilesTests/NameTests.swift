import Testing

@testable import FederationProfiles

@Suite("Names and paths in profiles", .timeLimit(.minutes(5)))
struct NameTests {
    private static let paths: [(String, String?)] = [
        ("/var/run/secrets/x", nil), ("/a", nil), ("/", "below /"), ("", "start with a slash"), ("a/b", "slash"),
        ("/a/", "without a slash at the end"), ("/a/../b", "\"..\""), ("/a//b", "without"), ("/a/./b", "without"),
        ("/a:b", "colons"), (#"/a\b"#, "backslashes"), ("/a\nb", "control"), ("/é", "ASCII"),
        ("/var/run/secrets/kubernetes.io", "Kubernetes'"), ("/run/secrets/kubernetes.io/serviceaccount", "Kubernetes'"),
        ("/var/run/secrets", "Kubernetes'"), ("/run", "Kubernetes'"), ("/var", "Kubernetes'"),
        ("/var/run", "Kubernetes'"),
        ("/var/run/secrets/kubernetes.io.example", nil), ("/var/lib/x", nil),
        ("/" + String(repeating: "a", count: 1024), "longer"),
    ]

    @Test("include volume paths that are absolute, normalised, and separate from Kubernetes' own", arguments: paths)
    func mounts(_ path: String, _ problem: String?) {
        let found = MountPath.problem(in: path)
        #expect(problem == nil ? found == nil : found?.contains(problem ?? "") == true, "\(found ?? "none")")
    }

    @Test(
        "include file paths that stay within their volume",
        arguments: [
            ("token", true), ("a/b", true), ("..", false), ("../a", false), ("..data", false), ("/a", false),
            ("a/", false),
            ("a/../b", false), ("", false), (".", false), ("a:b", false),
        ]
    )
    func files(_ path: String, _ isGood: Bool) {
        #expect((MountPath.problem(inFile: path) == nil) == isGood)
    }

    @Test(
        "include paths that overlap if one contains the other, even through /var/run",
        arguments: [
            ("/a", "/a", true), ("/a", "/a/b", true), ("/a/b", "/a", true), ("/a", "/ab", false),
            ("/var/run/x", "/run/x/y", true), ("/var", "/run/x", true), ("/run/x", "/var", true),
            ("/var/lib", "/run", false),
        ]
    )
    func overlaps(_ one: String, _ other: String, _ overlap: Bool) {
        #expect(MountPath.overlaps(one, other) == overlap)
    }

    @Test(
        "include qualified names for annotations and labels",
        arguments: [
            ("a.example/b", true), ("b", true), ("a.example/", false), ("/b", false), ("a/b/c", false), ("A/b", false),
            ("a.example/-b", false), ("a.example/b_.-C", true), ("a..b/c", false),
            ("a/\(String(repeating: "b", count: 64))", false),
        ]
    )
    func qualified(_ name: String, _ isGood: Bool) {
        #expect(Names.isQualifiedName(name) == isGood)
    }

    @Test(
        "include variables that make programs run code",
        arguments: [
            ("LD_PRELOAD", true), ("BASH_ENV", true), ("PYTHONSTARTUP", true), ("node_options", true), ("PATH", true),
            ("AWS_ROLE_ARN", false), ("VAULT_ADDR", false), ("GOOGLE_APPLICATION_CREDENTIALS", false),
        ]
    )
    func loaders(_ name: String, _ runsCode: Bool) {
        #expect(Names.runsCode(name) == runsCode)
    }
}
