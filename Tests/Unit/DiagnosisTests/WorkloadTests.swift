import JSON
import Testing

@testable import Diagnosis
@testable import KubernetesObjects

@Suite("A workload", .timeLimit(.minutes(5)))
struct WorkloadTests {
    private static func object(_ name: String, _ owner: String? = nil, rest: String = "") -> String {
        let owners =
            owner.map { owner in
                let parts = owner.split(separator: " ")
                return #","ownerReferences":[{"apiVersion":"x/v1","kind":"Other","name":"x"},{"apiVersion":""#
                    + #"\#(parts[0])","kind":"\#(parts[1])","name":"\#(parts[2])","controller":true}]"#
            } ?? ""
        return #"{"metadata":{"namespace":"a","name":"\#(name)"\#(owners)}\#(rest)}"#
    }

    private static func workload(_ pod: String, _ others: [(String, String, String)] = []) throws -> Workload {
        var workloads = Workloads()
        for (group, kind, json) in others {
            try JSONParser().parse(Array(json.utf8)) { workloads.add(ObjectView($0), group: group, kind: kind) }
        }
        let known = workloads
        return try JSONParser().parse(Array(pod.utf8)) { known.workload(of: ObjectView($0)) }
    }

    @Test("of a Deployment is restarted, whether or not its ReplicaSet can be read")
    func deployment() throws {
        let pod =
            #"{"metadata":{"namespace":"a","name":"p","labels":{"pod-template-hash":"12"},"ownerReferences":"#
            + #"[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"shop-12","controller":true}]}}"#
        let set = ("apps", "ReplicaSet", Self.object("shop-12", "apps/v1 Deployment other"))
        for (others, name) in [([], "shop"), ([set], "other")] {
            let workload = try Self.workload(pod, others)
            #expect(workload.description == "deployment/\(name)" && workload.operatorOwner == nil)
            let command = workload.replaceCommand(for: ["p"])
            #expect(command.shownCommand == "kubectl -n a rollout restart deployment/\(name)")
            #expect(command.shownNote?.hasSuffix("owners could not be read") ?? false)
            let known = try Self.workload(pod, others + [("apps", "Deployment", Self.object(name))])
            #expect(known.replaceCommand(for: ["p"]) == Remedy("kubectl -n a rollout restart deployment/\(name)"))
        }
    }

    @Test(
        "has its pods deleted if a restart would be undone or has no effect",
        arguments: [
            (
                "apps/v1 StatefulSet db", "apps", "StatefulSet", object("db", "example.com/v1 Database main"),
                "then, when a new one is ready, the next of q: Database main owns them and recreates them"
            ),
            (
                "example.com/v1 PodSet db", "", "", "",
                "then, when a new one is ready, the next of q: PodSet db owns them and recreates them"
            ),
            (
                "apps/v1 ReplicaSet db", "apps", "ReplicaSet", object("db", "argoproj.io/v1alpha1 Rollout shop"),
                "then, when a new one is ready, the next of q: Rollout shop owns them and recreates them"
            ),
            (
                "apps/v1 ReplicaSet db", "apps", "ReplicaSet", object("db"),
                "then, when a new one is ready, the next of q: ReplicaSet db recreates them"
            ),
            (
                "apps/v1 DaemonSet db", "apps", "DaemonSet",
                object("db", rest: #","spec":{"updateStrategy":{"type":"OnDelete"}}"#),
                "then, when a new one is ready, the next of q: the DaemonSet db recreates them"
            ),
            (
                "batch/v1 Job db", "batch", "Job", object("db"),
                "Job db recreates them, which restarts its work"
            ),
        ]
    )
    func deletions(owner: String, group: String, kind: String, above: String, note: String) throws {
        let others = above.isEmpty ? [] : [(group, kind, above)]
        let workload = try Self.workload(Self.object("p", owner), others)
        let isOfJob = note.hasPrefix("Job ")
        let both = workload.replaceCommand(for: ["p", "q"])
        #expect(both.shownCommand == "kubectl -n a delete pod p\(isOfJob ? " q" : "")" && both.shownNote == note)
        let single = workload.replaceCommand(for: ["p"])
        #expect(single.shownCommand == "kubectl -n a delete pod p")
        #expect(single.shownNote?.hasPrefix("one by one: ") == !isOfJob)
    }

    @Test("that is a CronJob is run again")
    func cronJob() throws {
        let job = ("batch", "Job", Self.object("night-1", "batch/v1 CronJob night"))
        let workload = try Self.workload(Self.object("p", "batch/v1 Job night-1"), [job])
        #expect(workload.description == "cronjob/night")
        #expect(
            workload.replaceCommand(for: ["p"]).shownCommand
                == "kubectl -n a create job --from=cronjob/night night-again"
        )
    }

    @Test("without an owner is saved before it is deleted, without fields that a new pod must not have")
    func bare() throws {
        let workload = try Self.workload(Self.object("p"))
        let command = try #require(workload.replaceCommand(for: ["p"]).shownCommand)
        #expect(workload.top == nil && command.hasPrefix("kubectl -n a get pod p -o yaml | kubectl patch --local "))
        #expect(command.hasSuffix(">p.yaml && kubectl -n a delete pod p && kubectl -n a create -f p.yaml"))
        let stale = workload.replaceCommand(for: ["p"], change: "take AWS_ROLE_ARN out")
        #expect(stale.shownCommand?.hasSuffix(" -o yaml >p.yaml") ?? false)
        let note =
            "in that file, take AWS_ROLE_ARN out, then: kubectl -n a delete pod p && kubectl -n a create -f p.yaml"
        #expect(stale.shownNote == note)
    }

    @Test(
        "is one word of a command, whatever the owner's name contains",
        arguments: [
            ("apps", "Deployment", "x; reboot", "'deployment/x; reboot'"),
            ("apps", "Deployment", "$(reboot)", "'deployment/$(reboot)'"),
            ("apps", "Deployment", "it's", #"'deployment/it'\''s'"#),
            ("apps", "Deployment", "a   b", "'deployment/a   b'"),
            ("apps", "Deployment", "a\nb", nil), ("a.b", "`K`", "é", nil), ("a.b", "-k", "x", nil),
            ("apps", "Deployment", "x'\u{301}; reboot", nil), ("apps", "Deployment", "x\u{200d}", nil),
            ("a.b", "`K`", "e", "'`k`.a.b/e'"),
            ("apps", "Deployment", "a-1.b_c", "deployment/a-1.b_c"),
        ]
    )
    func quoted(group: String, kind: String, name: String, word: String?) {
        let owner = Workload.Owner(group: group, kind: kind, name: name)
        let remedy = Remedy("kubectl edit \(owner.resource)", note: owner.description)
        #expect(remedy.shownCommand == word.map { "kubectl edit \($0)" } && !owner.description.contains("\n"))
        #expect((remedy.shownNote == nil) == (word == nil) && remedy.shownReason.isEmpty == (word != nil))
    }

    @Test("with circular owners ends")
    func circle() throws {
        let others = [
            ("apps", "ReplicaSet", Self.object("a", "apps/v1 ReplicaSet b")),
            ("apps", "ReplicaSet", Self.object("b", "apps/v1 ReplicaSet a")),
        ]
        #expect(try Self.workload(Self.object("p", "apps/v1 ReplicaSet a"), others).owners.count == 6)
    }
}
