"""Checks of the rendered objects. The name of each check is a sentence."""

import re

import yaml
from rendering import ROOT, Loader, all_objects, merge, objects, of, settings
from samples import DEFAULTS, EVERYTHING, OWN, container, deployment, entries, pod, refuses


def security_contexts_are_merged():
    assert pod(settings("podSecurityContext.runAsUser=1000"))["securityContext"] == (
        DEFAULTS["podSecurityContext"] | {"runAsUser": 1000}
    )
    context = container(settings("securityContext.capabilities.add={NET_BIND_SERVICE}"))["securityContext"]
    assert context == DEFAULTS["securityContext"] | {"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}


def ports_are_the_same_wherever_they_are_used():
    for values in (
        settings("ports.https=10250,ports.metrics=10251"),
        {"ports": {"https": "10250", "metrics": "10251"}},
    ):
        found = objects(values)
        main = of("Deployment", found)["spec"]["template"]["spec"]["containers"][0]
        assert {"--port=10250", "--metrics-port=10251"} <= set(main["args"])
        assert {port["name"]: port["containerPort"] for port in main["ports"]} == {"https": 10250, "metrics": 10251}
        service = {port["name"]: port for port in of("Service", found)["spec"]["ports"]}
        assert (service["https"]["port"], service["metrics"]["port"]) == (443, 10251)
        # Everything that names a port follows the container's.
        named = [port["targetPort"] for port in service.values()]
        named += [main[probe]["httpGet"]["port"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
        named += [rule["ports"][0]["port"] for rule in of("NetworkPolicy", found)["spec"]["ingress"]]
        assert set(named) == {"https", "metrics"}
        texts = yaml.safe_dump_all(found)
        assert "8443" not in texts and "9999" not in texts


def own_pods_are_excluded_by_their_label_and_no_namespace_is_excluded():
    values = settings("strict.enabled=true,providers={aws,azure},azure.tenantID=t,registration.failurePolicy=Fail")
    for given in ({}, values, settings("providers={azure},azure.tenantID=t"), EVERYTHING):
        found = objects(given, namespace="kube-system")
        labels = of("Deployment", found)["spec"]["template"]["metadata"]["labels"]
        for entry in of("MutatingWebhookConfiguration", found)["webhooks"]:
            if entry["rules"][0]["resources"] == ["pods"]:
                expressions = entry["objectSelector"]["matchExpressions"]
                assert {"key": OWN, "operator": "DoesNotExist"} in expressions
                assert labels[OWN]
        assert OWN not in of("Deployment", found)["spec"]["selector"]["matchLabels"]
    assert "namespaceSelector" not in entries(namespace="kube-system")[0]
    assert all("namespaceSelector" in entry for entry in entries(values) if entry["failurePolicy"] == "Fail")


def user_labels_do_not_replace_labels_of_the_chart():
    stolen = {OWN: None, "app.kubernetes.io/name": "other", "app.kubernetes.io/instance": "other", "team": "cloud"}
    found = deployment({"podLabels": stolen, "commonLabels": stolen})
    labels = found["spec"]["template"]["metadata"]["labels"]
    assert labels[OWN] and labels["team"] == "cloud"
    assert found["spec"]["selector"]["matchLabels"].items() <= labels.items()


def each_object_gets_its_annotations_and_labels():
    places = {
        "registration": "MutatingWebhookConfiguration",
        "service": "Service",
        "deployment": "Deployment",
        "serviceAccount": "ServiceAccount",
        "serviceMonitor": "ServiceMonitor",
        "prometheusRule": "PrometheusRule",
        "grafanaDashboard": "ConfigMap",
    }
    for key, kind in places.items():
        given = {"annotations": {"a.example.com/b": 1}, "labels": {"c": True}}
        extra = {"enabled": True} if key in ("serviceMonitor", "prometheusRule", "grafanaDashboard") else {}
        metadata = of(kind, objects({key: given | extra, "commonLabels": {"team": 7}}))["metadata"]
        assert metadata["annotations"]["a.example.com/b"] == "1", key
        assert (metadata["labels"]["c"], metadata["labels"]["team"]) == ("true", "7"), key
    for document in all_objects(merge({"commonLabels": {"team": 7}}, EVERYTHING)):
        labels = document["metadata"]["labels"]
        assert labels["team"] == "7"
        if document["kind"] != "Pod":
            assert labels["app.kubernetes.io/managed-by"] == "Helm"
            assert labels["helm.sh/chart"] == "pod-identity-webhook-0.1.0"


def service_accounts_and_roles_may_be_created_by_others():
    found = objects(settings("serviceAccount.create=false,serviceAccount.name=own,rbac.create=false"))
    assert not {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"} & {
        document["kind"] for document in found
    }
    assert of("Deployment", found)["spec"]["template"]["spec"]["serviceAccountName"] == "own"
    named = objects(settings("serviceAccount.name=own"))
    assert of("ServiceAccount", named)["metadata"]["name"] == "own"
    assert of("ClusterRoleBinding", named)["subjects"][0]["name"] == "own"
    assert pod(settings("serviceAccount.create=false"))["serviceAccountName"] == "default"


def names_and_images_follow_the_conventions():
    assert deployment(settings("nameOverride=identity"), release="a")["metadata"]["name"] == "a-identity"
    assert deployment(release="a")["metadata"]["name"] == "a-pod-identity-webhook"
    assert deployment(release="my-pod-identity-webhook")["metadata"]["name"] == "my-pod-identity-webhook"

    def image(*texts):
        return container(settings(*texts))["image"]

    assert image() == "pod-identity-webhook:0.1.0"
    assert (
        image("image.registry=r.example.com:5000,image.repository=a/b,image.tag=20261128")
        == "r.example.com:5000/a/b:20261128"
    )
    assert (
        image("image.registry=r.example.com,global.imageRegistry=g.example.com")
        == "g.example.com/pod-identity-webhook:0.1.0"
    )
    assert image(f"image.digest=sha256:{'a' * 64}") == f"pod-identity-webhook@sha256:{'a' * 64}"


def pods_follow_their_values():
    values = settings(
        "dnsPolicy=ClusterFirstWithHostNet,dnsConfig.nameservers={10.0.0.10},readinessProbe.periodSeconds=3,"
        "livenessProbe.tcpSocket.port=https,startupProbe.failureThreshold=90"
    )
    spec = pod(values)
    assert (spec["dnsPolicy"], spec["dnsConfig"]) == ("ClusterFirstWithHostNet", {"nameservers": ["10.0.0.10"]})
    main = spec["containers"][0]
    assert main["readinessProbe"] == {
        "httpGet": {"path": "/readyz", "port": "https", "scheme": "HTTPS"},
        "periodSeconds": 3,
        "timeoutSeconds": 5,
    }
    assert main["livenessProbe"] == {"tcpSocket": {"port": "https"}, "periodSeconds": 10, "timeoutSeconds": 5}
    assert main["startupProbe"]["failureThreshold"] == 90


def the_registration_follows_its_values():
    values = {
        "registration": {
            "failurePolicy": "Fail",
            "timeoutSeconds": 4,
            "serviceAccountTimeoutSeconds": 1,
            "excludedNamespaces": ["a"],
            "namespaceSelector": {"matchLabels": {"b": "c"}},
            "objectSelector": {"matchExpressions": [{"key": "d", "operator": "Exists"}]},
            "matchConditions": [{"name": "e", "expression": "request.userInfo.username != 'f'"}],
        },
        "strict": {"enabled": True, "timeoutSeconds": 7},
    }
    main, *strict, accounts = entries(values)
    assert main["failurePolicy"] == "Fail" and main["timeoutSeconds"] == 4 and accounts["timeoutSeconds"] == 1
    assert [entry["timeoutSeconds"] for entry in strict] == [7, 7]
    for entry in [main, *strict]:
        assert entry["namespaceSelector"]["matchLabels"] == {"b": "c"}
        assert {"key": "d", "operator": "Exists"} in entry["objectSelector"]["matchExpressions"]
        assert entry["matchConditions"] == values["registration"]["matchConditions"]
        # Nothing that a cluster needs to start waits for a failing entry.
        assert {"a", "kube-system"} <= set(entry["namespaceSelector"]["matchExpressions"][0]["values"])
    assert "matchConditions" not in accounts
    assert refuses("registration.failurePolicy=fail") and refuses("registration.timeoutSeconds=31")


def additional_objects_are_templates():
    values = {
        "extraObjects": [
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "{{ .Release.Name }}-more"},
                "data": {"a": "1"},
            },
            'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ include "webhook.name" . }}-text\n',
        ]
    }
    names = [document["metadata"]["name"] for document in objects(values)]
    assert {"pod-identity-webhook-more", "pod-identity-webhook-text"} <= set(names)


def helm_test_runs_doctor_with_its_rights_and_is_not_called_by_the_service():
    hooks = [document for document in all_objects() if "helm.sh/hook" in document["metadata"].get("annotations", {})]
    assert {document["kind"] for document in hooks} == {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Pod"}
    rights = yaml.load((ROOT / "deploy/optional/doctor.yaml").read_text(), Loader)
    assert of("ClusterRole", hooks)["rules"] == rights["rules"]
    test = of("Pod", hooks)
    selector = of("Service", objects())["spec"]["selector"]
    assert not selector.items() <= test["metadata"]["labels"].items()
    assert test["spec"]["containers"][0]["args"][0] == "doctor"
    assert not any(document["metadata"]["name"].endswith("-test") for document in objects())


CHECKS = [
    security_contexts_are_merged,
    ports_are_the_same_wherever_they_are_used,
    own_pods_are_excluded_by_their_label_and_no_namespace_is_excluded,
    user_labels_do_not_replace_labels_of_the_chart,
    each_object_gets_its_annotations_and_labels,
    service_accounts_and_roles_may_be_created_by_others,
    names_and_images_follow_the_conventions,
    pods_follow_their_values,
    the_registration_follows_its_values,
    additional_objects_are_templates,
    helm_test_runs_doctor_with_its_rights_and_is_not_called_by_the_service,
]
