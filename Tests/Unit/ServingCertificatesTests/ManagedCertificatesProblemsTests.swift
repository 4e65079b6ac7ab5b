import Testing

@testable import Kubernetes
@testable import ServingCertificates

@Suite(.timeLimit(.minutes(5)))
struct ManagedCertificatesProblemsTests {
    private let start = ContinuousClock.now
    private let conflict = KubernetesError.refused(APIStatus(code: 409, reason: "Conflict", message: "modified"))
    private let invalid = KubernetesError.refused(APIStatus(code: 422, reason: "Invalid", message: "immutable"))

    @Test func `A conflict with another replica causes a warning only if it persists`() {
        var problems = ManagedCertificatesProblems()
        #expect(problems.failed(conflict, at: start) == .conflict)
        #expect(problems.failed(conflict, at: start + .seconds(59)) == nil)
        #expect(problems.failed(conflict, at: start + .seconds(60)) == .lastingConflict)
        #expect(problems.failed(conflict, at: start + .seconds(61)) == nil)
        problems.succeeded()
        #expect(problems.failed(conflict, at: start + .seconds(62)) == .conflict)
    }

    @Test func `An invalid or immutable object causes a warning immediately`() {
        var problems = ManagedCertificatesProblems()
        #expect(!invalid.isConflict)
        #expect(problems.failed(invalid, at: start) == .failure)
        #expect(problems.failed(invalid, at: start) == nil)
        let immutable = ServingCertificateError.immutableSecret("eks/certificates")
        #expect(problems.failed(immutable, at: start) == .failure)
        #expect("\(immutable)".contains("eks/certificates is immutable"))
    }

    @Test func `Conflicts with a different failure in between do not count as persistent`() {
        var problems = ManagedCertificatesProblems()
        _ = problems.failed(conflict, at: start)
        _ = problems.failed(invalid, at: start + .seconds(50))
        #expect(problems.failed(conflict, at: start + .seconds(100)) == .conflict)
    }
}
