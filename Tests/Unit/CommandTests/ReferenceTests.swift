import AWSIdentity
import AzureIdentity
import Foundation
import GoogleIdentity
import PodIdentity
import Prometheus
import TestSupport
import Testing

@testable import pod_identity_webhook

@Suite("The documentation lists", .timeLimit(.minutes(5)))
struct ReferenceTests {
    @Test("every annotation of ServiceAccounts and pods that is read")
    func annotations() throws {
        let read = IRSAProvider(settings: AWSSettings()).serviceAccountAnnotations
            .map { $0.replacingOccurrences(of: "eks.amazonaws.com/", with: "P/") }
        let google = GoogleIdentityProvider(settings: GoogleSettings()).serviceAccountAnnotations
            .map { $0.replacingOccurrences(of: "cloud.google.com/", with: "G/") }
        let documented = try Documentation.rows("Annotations").filter { $0[0].hasPrefix("ServiceAccount") }.map {
            $0[1]
        }
        #expect(documented.sorted() == (read + google).sorted())
    }

    @Test("every annotation of ServiceAccounts that is read for Azure")
    func azureAnnotations() throws {
        let documented = try Documentation.rows("Azure's annotations").filter { $0[0].hasPrefix("ServiceAccount") }
        let provider = AzureIdentityProvider(settings: AzureSettings())
        #expect(Set(documented.map { $0[1] }) == Set(provider.serviceAccountAnnotations))
    }

    @Test("every reason")
    func reasons() throws {
        let documented = try Documentation.rows("The list", of: "reasons.md").filter { $0[0] != "reason" }
        #expect(documented.map { $0[0] } == Reason.allCases.map(\.rawValue))
        let withEvent = documented.filter { $0[3] == "yes" }.map { $0[0] }
        #expect(withEvent == Reason.allCases.filter(\.leavesPodWithoutIdentity).map(\.rawValue))
    }

    @Test("every metric, whose help text is self-contained and whose name is unique in each format")
    func help() {
        for definition in WebhookMetrics.definitions {
            let help = definition.help
            #expect(help.hasSuffix(".") && help.first?.isLowercase == false && help.count > 20, "\(definition.name)")
            for words in ["as above", "the next", "as before", "the same results", "!"] {
                #expect(!help.contains(words), "\(definition.name)")
            }
            #expect((definition.kind == .counter) == definition.name.hasSuffix("_total"), "\(definition.name)")
        }
        let families = WebhookMetrics.definitions.map { definition in
            definition.kind == .counter ? String(definition.name.dropLast("_total".count)) : definition.name
        }
        #expect(Set(families).count == families.count)
    }

    @Test("every metric, with its type and labels")
    func metrics() throws {
        let documented = try Documentation.rows("Metrics").filter { $0[0].contains("_") }
            .map { [$0[0], $0[1], $0[2].replacingOccurrences(of: " ", with: "")] }
        let defined = WebhookMetrics.definitions.map { definition in
            [definition.name, definition.kind.typeName, definition.labels.joined(separator: ",")]
        }
        #expect(Set(documented) == Set(defined))
    }
}
