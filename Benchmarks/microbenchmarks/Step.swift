import Admission
import JSON

/// One step of processing a request, with one of the tests' reviews.
struct Step {
    /// Runs something, and measures it.
    typealias Measure = (() throws -> Void) throws -> Void
    /// Runs the step once. The part to measure is run by the closure that it is given.
    typealias Run = (Measure) throws -> Void

    let name: String
    /// Prepares only what this step needs.
    let prepare: () throws -> Run

    private init(_ name: String, preparing prepare: @escaping () throws -> Run) {
        self.name = name
        self.prepare = prepare
    }

    /// A step that is measured as a whole.
    private init(_ name: String, _ makeWork: @escaping () throws -> () throws -> Void) {
        self.init(name) {
            let work = try makeWork()
            return { measure in try measure(work) }
        }
    }

    static var all: [Step] { ["small", "airflow"].flatMap(steps) }

    private static func steps(review: String) -> [Step] {
        func step(_ name: String, _ makeWork: @escaping (Scenario) throws -> () throws -> Void) -> Step {
            Step("\(review)-\(name)") { try makeWork(Scenario(review: review)) }
        }
        return [
            step("parse") { scenario in { try scenario.parse { _ in } } },
            step("decide") { scenario in
                { try scenario.parse { root in try scenario.decide(root) } }
            },
            step("profiles") { scenario in
                try scenario.addProfiles()
                return { try scenario.parse { root in try scenario.decide(root) } }
            },
            step("patch") { scenario in
                { try scenario.parse { root in try scenario.patch(root) } }
            },
            step("encode") { scenario in
                let answer = try scenario.answer()
                return { _ = answer.body }
            },
            step("answer") { scenario in { _ = try scenario.answer().body } },
            step("nothing") { scenario in
                scenario.forgetRole()
                return { _ = try scenario.answer(.unchanged).body }
            },
            step("tls") { scenario in
                let (connection, response) = (try TLSLoop(), try scenario.answer().body)
                return { try connection.exchange(request: scenario.review, response: response) }
            },
            Step("\(review)-request") {
                let loop = try RequestLoop(Scenario(review: review))
                return loop.exchange
            },
        ]
    }
}

enum BenchmarkError: Error { case noInjection, noPlaintext, unexpectedResponse(String) }
