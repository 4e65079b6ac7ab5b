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

    @Test("of a Deployment is restarted, whether its ReplicaSet can be read or not")
    func deployment() throws {
        let pod =
            #"{"metadata":{"namespace":"a","name":"p","labels":{"pod-template-hash":"12"},"ownerReferences":"#
            + #"[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"shop-12","controller":true}]}}"#
        let set = ("apps", "ReplicaSet", Self.object("shop-12", "apps/v1 Deployment other"))
        for (others, name) in [([], "shop"), ([set], "other")] {
            let workload = try Self.workload(pod, others)
            #expect(workload.description == "deployment/\(name)" && workload.operatorOwner == nil)
            let command = workload.replaceCommand(for: ["p"])
            #expect(command.hasPrefix("kubectl -n a rollout restart deployment/\(name)"))
            #expect(command.hasSuffix("owners could not be read"))
            let known = try Self.workload(pod, others + [("apps", "Deployment", Self.object(name))])
            #expect(known.replaceCommand(for: ["p"]) == "kubectl -n a rollout restart deployment/\(name)")
        }
    }

    @Test(
        "has its pods deleted where a restart would be undone or does nothing",
        arguments: [
            (
                "apps/v1 StatefulSet db", "apps", "StatefulSet", object("db", "example.com/v1 Database main"),
                "p  # then, when a new one is ready, the next of q: Database main owns them and recreates them"
            ),
            (
                "example.com/v1 PodSet db", "", "", "",
                "p  # then, when a new one is ready, the next of q: PodSet db owns them and recreates them"
            ),
            (
                "apps/v1 ReplicaSet db", "apps", "ReplicaSet", object("db", "argoproj.io/v1alpha1 Rollout shop"),
                "p  # then, when a new one is ready, the next of q: Rollout shop owns them and recreates them"
            ),
            (
                "apps/v1 ReplicaSet db", "apps", "ReplicaSet", object("db"),
                "p  # then, when a new one is ready, the next of q: ReplicaSet db recreates them"
            ),
            (
                "apps/v1 DaemonSet db", "apps", "DaemonSet",
                object("db", rest: #","spec":{"updateStrategy":{"type":"OnDelete"}}"#),
                "p  # then, when a new one is ready, the next of q: the DaemonSet db recreates them"
            ),
            (
                "batch/v1 Job db", "batch", "Job", object("db"),
                "p q  # Job db recreates them, which restarts its work"
            ),
        ]
    )
    func deletions(owner: String, group: String, kind: String, above: String, rest: String) throws {
        let others = above.isEmpty ? [] : [(group, kind, above)]
        let workload = try Self.workload(Self.object("p", owner), others)
        #expect(workload.replaceCommand(for: ["p", "q"]) == "kubectl -n a delete pod \(rest)")
        let single = workload.replaceCommand(for: ["p"])
        #expect(single.hasPrefix("kubectl -n a delete pod p  # one by one: ") == !rest.hasPrefix("p q"))
    }

    @Test("that is a CronJob runs again")
    func cronJob() throws {
        let job = ("batch", "Job", Self.object("night-1", "batch/v1 CronJob night"))
        let workload = try Self.workload(Self.object("p", "batch/v1 Job night-1"), [job])
        #expect(workload.description == "cronjob/night")
        #expect(
            workload.replaceCommand(for: ["p"]).hasPrefix("kubectl -n a create job --from=cronjob/night night-again")
        )
    }

    @Test("of nobody is saved before it is deleted, without what a new pod must not have")
    func bare() throws {
        let workload = try Self.workload(Self.object("p"))
        let command = workload.replaceCommand(for: ["p"])
        #expect(workload.top == nil && command.hasPrefix("kubectl -n a get pod p -o yaml | kubectl patch --local "))
        #expect(command.hasSuffix(">p.yaml && kubectl -n a delete pod p && kubectl -n a create -f p.yaml"))
        let stale = workload.replaceCommand(for: ["p"], change: "take AWS_ROLE_ARN out")
        #expect(stale.contains(">p.yaml  # in that file, take AWS_ROLE_ARN out, then: kubectl -n a delete pod p"))
    }

    @Test(
        "is one word of a command, whatever the owner's name has in it",
        arguments: [
            ("apps", "Deployment", "x; reboot", "'deployment/x; reboot'"),
            ("apps", "Deployment", "$(reboot)", "'deployment/$(reboot)'"),
            ("apps", "Deployment", "it's", #"'deployment/it'\''s'"#),
            ("apps", "Deployment", "a\nb", "'deployment/a b'"),
            ("a.b", "`K`", "é", "'`k`.a.b/é'"),
            ("apps", "Deployment", "a-1.b_c", "deployment/a-1.b_c"),
        ]
    )
    func quoted(group: String, kind: String, name: String, word: String) {
        let owner = Workload.Owner(group: group, kind: kind, name: name)
        #expect(owner.resource == word && !owner.description.contains("\n"))
    }

    @Test("whose owners own each other has an end")
    func circle() throws {
        let others = [
            ("apps", "ReplicaSet", Self.object("a", "apps/v1 ReplicaSet b")),
            ("apps", "ReplicaSet", Self.object("b", "apps/v1 ReplicaSet a")),
        ]
        #expect(try Self.workload(Self.object("p", "apps/v1 ReplicaSet a"), others).owners.count == 6)
    }
}
