import PodIdentity
import ProviderSupport
import Testing

@Suite("A token's lifetime", .timeLimit(.minutes(5)))
struct TokenExpirationTests {
    @Test(
        "is within Kubernetes' bounds",
        arguments: [(-5, 600), (599, 600), (600, 600), (1 << 40, 1 << 32)]
    )
    func clamping(seconds: Int64, expected: Int64) {
        #expect(TokenExpiration(clamping: seconds).seconds == expected)
    }

    private static let texts: [(String, Int64?, String?)] = [
        ("3600", 3600, nil), ("+600", 600, nil), ("599", 600, "below the minimum; 600 is used"),
        ("4294967297", 4_294_967_296, "above the maximum; 4294967296 is used"),
        ("1h", nil, "\"1h\""), ("", nil, "\"\""), (" 600", nil, "\" 600\""), ("600.0", nil, "\"600.0\""),
    ]

    @Test(
        "is read from an annotation as Go reads an integer, and errors are reported with their source",
        arguments: texts
    )
    func reading(text: String, seconds: Int64?, problem: String?) {
        var warnings: Warnings = []
        let expiration = TokenExpiration.parse(text, source: "the pod's x", warnings: &warnings)
        #expect(expiration?.seconds == seconds)
        #expect(warnings.count == (problem == nil ? 0 : 1))
        if let problem { #expect(warnings.texts[0].hasSuffix("(the pod's x)") && warnings.texts[0].contains(problem)) }
    }
}
