import Foundation
import Kubernetes
import TestPrograms
import TestSupport
import Testing

extension EndToEnd {
    @Suite struct PreservationTests {
        /// Creates the same pod without and with the webhook; the only difference must be the identity.
        @Test func `The webhook adds the identity and changes nothing else`() async throws {
            var before = APIObject.null
            try await Installation.with(
                prepare: { controlPlane, namespace in
                    try await controlPlane.create(
                        Manifest.serviceAccount("reports", role: "reports"),
                        namespace: namespace
                    )
                    before = try await controlPlane.create(richPod, namespace: namespace, dryRun: true)
                },
                { installation in
                    let after = try await installation.dryRun(richPod, untilRole: "reports")
                    #expect(Identity.all(in: before).allSatisfy { $0 == nil })
                    #expect(Identity.all(in: after) == Array(repeating: .expected(role: "reports"), count: 3))
                    #expect(comparable(withoutIdentity(after)) == comparable(before))
                    #expect(namesInOrder(after, "env").starts(with: namesInOrder(before, "env")))
                }
            )
        }

        /// Removes what the API server generates for every request.
        private func comparable(_ pod: APIObject) -> APIObject {
            var pod = pod
            for field in ["uid", "creationTimestamp", "managedFields", "resourceVersion"] {
                pod["metadata"][field] = .null
            }
            return pod
        }

        private func withoutIdentity(_ pod: APIObject) -> APIObject {
            var pod = pod
            pod["metadata"]["annotations"]["eks.amazonaws.com/role-arn"] = .null
            pod["spec"]["volumes"].elements.removeAll { $0["name"].string == "aws-iam-token" }
            for list in ["initContainers", "containers"] {
                pod["spec"][list].elements = pod["spec"][list].elements.map { container in
                    var container = container
                    let variables = container["env"].elements.filter {
                        !["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"].contains($0["name"].string)
                    }
                    let mounts = container["volumeMounts"].elements.filter { $0["name"].string != "aws-iam-token" }
                    container["env"] = variables.isEmpty ? .null : .array(variables)
                    container["volumeMounts"] = mounts.isEmpty ? .null : .array(mounts)
                    return container
                }
            }
            return pod
        }

        private func namesInOrder(_ pod: APIObject, _ list: String) -> [String?] {
            pod["spec"]["containers"][0][list].elements.map { $0["name"].string }
        }

        /// Fields of every kind, with values that a careless copy would lose: zeros, empty strings, large numbers,
        /// quantities, and text that needs escapes.
        private let richPod = #"""
            apiVersion: v1
            kind: Pod
            metadata:
              name: rich
              labels: {app.kubernetes.io/name: rich, empty: ""}
              annotations:
                note: "quotes \" and \\ backslashes, a\ttab, ünïcödé, \U0001F680, </script>"
                numbers: "9007199254740993"
              finalizers: [example.com/keep]
            spec:
              serviceAccountName: reports
              automountServiceAccountToken: false
              activeDeadlineSeconds: 2147483647
              terminationGracePeriodSeconds: 0
              hostAliases: [{ip: 127.0.0.1, hostnames: [a.example, b.example]}]
              dnsConfig: {nameservers: [192.0.2.1], options: [{name: ndots, value: "2"}]}
              readinessGates: [{conditionType: example.com/ready}]
              tolerations: [{key: dedicated, operator: Equal, value: x, effect: NoExecute, tolerationSeconds: 0}]
              topologySpreadConstraints:
              - {maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {a: b}}}
              affinity:
                nodeAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    nodeSelectorTerms:
                    - matchExpressions: [{key: cpus, operator: Gt, values: ["3"]}]
              securityContext:
                fsGroup: 0
                sysctls: [{name: net.ipv4.ip_local_port_range, value: "1024 65535"}]
                seccompProfile: {type: RuntimeDefault}
              initContainers:
              - name: setup
                image: example
                command: ["sh", "-c", "printf '%s\\n' \"$HOME\""]
              containers:
              - name: main
                image: example
                env:
                - {name: EMPTY, value: ""}
                - {name: POD, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app.kubernetes.io/name']"}}}
                - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
                - {name: SECRET, valueFrom: {secretKeyRef: {name: s, key: k, optional: true}}}
                envFrom: [{prefix: P_, configMapRef: {name: c, optional: true}}]
                resources: {limits: {cpu: 1500m, memory: 1Gi}, requests: {cpu: "0.1", memory: "100M"}}
                lifecycle: {preStop: {exec: {command: [sleep, "1"]}}}
                startupProbe: {tcpSocket: {port: web}, failureThreshold: 100}
                ports: [{name: web, containerPort: 8080, protocol: TCP}]
                volumeMounts:
                - {name: scratch, mountPath: /scratch, subPathExpr: $(EMPTY)x}
                - {name: everything, mountPath: /everything, mountPropagation: HostToContainer, readOnly: true}
              - name: bare
                image: example
              volumes:
              - {name: scratch, emptyDir: {medium: Memory, sizeLimit: 10Mi}}
              - name: everything
                projected:
                  defaultMode: 0
                  sources:
                  - downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: metadata.labels}}]}
                  - serviceAccountToken: {path: other, audience: other.example, expirationSeconds: 600}
              - {name: claim, persistentVolumeClaim: {claimName: rich, readOnly: true}}
            """#
    }
}
