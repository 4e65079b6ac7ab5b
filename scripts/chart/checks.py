"""What must be true of what the chart renders: each function is a sentence of `make lint`."""

import copy
import json
import re

import helm_python as helm
import kubernetes_validate
import yaml
from rendering import (
    CHART, Loader, ROOT, all_objects, copied, load, merge, objects, of, parent, preset, presets, render, settings,
)

DEFAULTS = yaml.load((CHART / "values.yaml").read_text(), Loader)
OWN = "pod-identity-webhook.amazonaws.com/webhook"
EXTENSIONS = {"Issuer", "Certificate", "ServiceMonitor", "PrometheusRule"}
# Everything on that is off by default.
EVERYTHING = {
    "namespace": {"create": True}, "providers": ["aws", "google", "azure"], "azure": {"tenantID": "tenant"},
    "google": {"defaultRegion": "europe-west1", "setupContainerResources": {"limits": {"memory": "1Gi"}}},
    "profiles": {"enabled": ["vault"], "custom": {"acme": "profile: acme"}, "settings": {"vault": {"address": "https://v"}}},
    "flags": {"watch-config-map": True, "namespace-roles": True, "scan-interval": "10m"},
    "containerCredentials": {"identities": [{"namespace": "a", "serviceAccount": "b"}]},
    "clientCA": {"configMap": "client-ca"}, "strict": {"enabled": True, "timeoutSeconds": 3}, "hostNetwork": True,
    "networkPolicy": {"egressPorts": [6443], "metricsFrom": [{"podSelector": {}}]}, "resourceQuota": {"enabled": True},
    "serviceMonitor": {"enabled": True, "scrapeTimeout": "10s", "relabelings": [{"action": "labeldrop", "regex": "a"}]},
    "prometheusRule": {"enabled": True}, "grafanaDashboard": {"enabled": True}, "imagePullSecrets": [{"name": "pull"}],
    "registration": {"matchConditions": [{"name": "a", "expression": "true"}], "objectSelector": {"matchLabels": {"a": "b"}}},
}


def deployment(values=None, **options):
    return of("Deployment", objects(values, **options))


def pod(values=None, **options):
    return deployment(values, **options)["spec"]["template"]["spec"]


def container(values=None, **options):
    return pod(values, **options)["containers"][0]


def entries(values=None, **options):
    return of("MutatingWebhookConfiguration", objects(values, **options))["webhooks"]


def refuses(*texts):
    """Whether values do not fit the schema, or a template fails on them."""
    try:
        render(settings(*texts))
    except helm.HelmError as error:
        return str(error)
    return None


def paths(values, path=()):
    """The path of each value, and of each map of values."""
    for key, value in values.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from paths(value, (*path, key))


def at(path, value):
    """Values with one value at a path."""
    for key in reversed(path):
        value = {key: value}
    return value


def without(values, path):
    rest = copy.deepcopy(values)
    place = rest
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return rest


def validated(found):
    for document in found:
        if document["kind"] not in EXTENSIONS:
            kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
    return found


def each_value_may_be_null():
    # Without a tenant Azure's identities are refused, and without providers their settings.
    needed = {("azure",), ("azure", "tenantID"), ("providers",), ("profiles", "enabled")}
    for path in paths(merge(copy.deepcopy(DEFAULTS), EVERYTHING)):
        if path not in needed:
            survived(all_objects(merge(copy.deepcopy(EVERYTHING), at(path, None))), path)


def survived(found, path):
    """Fails if a template has written a value that is not there."""
    for document in found:
        assert document["kind"] and document["metadata"]["name"], path
        text = json.dumps(document)
        assert "<nil>" not in text and "<no value>" not in text, (path, document)


def a_value_that_is_null_or_missing_has_its_default():
    # Helm takes a value that is null out of the values, as it is with --reuse-values for one that is new.
    expected = all_objects()
    removable = {
        "resources", "priorityClassName", "topologySpreadConstraints", "nodeSelector", "tolerations", "affinity",
        "podAnnotations", "podLabels", "podSecurityContext", "securityContext", "startupProbe", "livenessProbe",
        "readinessProbe", "grafanaDashboard",
    }
    for path in paths(DEFAULTS):
        if path[0] not in removable or path in (("podSecurityContext",), ("securityContext",), ("readinessProbe",)):
            assert all_objects(at(path, None)) == expected, path


def values_of_the_chart_before_can_be_reused():
    values = without(without(DEFAULTS, ("replicaCount",)), ("ports",)) | {"replicas": 3}
    values["shutdown"] = {"preStopSeconds": 5, "delaySeconds": 5, "timeoutSeconds": 20}
    for key in ("podSecurityContext", "securityContext", "rbac", "readinessProbe", "deployment", "service"):
        del values[key]
    values["serviceAccount"] = {"annotations": {}}
    with copied(values) as folder:
        found = of("Deployment", objects(chart=load(folder)))
    assert found["spec"]["replicas"] == 3
    assert found["spec"]["template"] == deployment()["spec"]["template"]


def null_resources_are_none_and_alerts_do_without():
    for resources in (None, {"limits": None}, {"limits": {"memory": None}}):
        found = objects({"resources": resources, "prometheusRule": {"enabled": True}})
        rules = of("PrometheusRule", found)["spec"]["groups"][0]["rules"]
        assert "PodIdentityWebhookMemoryHigh" not in [rule["alert"] for rule in rules]
        assert "memory" not in (of("Deployment", found)["spec"]["template"]["spec"]["containers"][0].get("resources") or {}).get("limits", {})


def presets_and_everything_fit_a_current_kubernetes():
    for values in [*map(preset, presets()), EVERYTHING]:
        validated(all_objects(values))


def security_contexts_are_merged():
    assert pod(settings("podSecurityContext.runAsUser=1000"))["securityContext"] == (
        DEFAULTS["podSecurityContext"] | {"runAsUser": 1000}
    )
    context = container(settings("securityContext.capabilities.add={NET_BIND_SERVICE}"))["securityContext"]
    assert context == DEFAULTS["securityContext"] | {"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}


def openshift_gets_no_users_and_no_groups():
    for document in all_objects(preset("openshift")):
        text = yaml.safe_dump(document)
        assert not re.search(r"runAsUser|runAsGroup|fsGroup", text), text
    # What remains is what its restricted constraints ask for.
    assert pod(preset("openshift"))["securityContext"] == {
        "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"},
    }


def a_new_pod_waits_for_the_ports_of_the_old_one():
    def strategy(values):
        return deployment(values)["spec"]["strategy"]["rollingUpdate"]
    gone_first, there_first = {"maxSurge": 0, "maxUnavailable": 1}, {"maxSurge": 1, "maxUnavailable": 0}
    assert strategy(settings("hostNetwork=true")) == gone_first
    assert strategy(preset("single-node")) == gone_first
    assert strategy({}) == strategy(preset("high-availability")) == there_first
    own = settings("hostNetwork=true,updateStrategy.rollingUpdate.maxUnavailable=50%")
    assert strategy(own) == {"maxUnavailable": "50%"}


def ports_reach_all_that_use_them():
    for values in (settings("ports.https=10250,ports.metrics=10251"), {"ports": {"https": "10250", "metrics": "10251"}}):
        found = objects(values)
        main = of("Deployment", found)["spec"]["template"]["spec"]["containers"][0]
        assert {"--port=10250", "--metrics-port=10251"} <= set(main["args"])
        assert {port["name"]: port["containerPort"] for port in main["ports"]} == {"https": 10250, "metrics": 10251}
        service = {port["name"]: port for port in of("Service", found)["spec"]["ports"]}
        assert (service["https"]["port"], service["metrics"]["port"]) == (443, 10251)
        # What names a port follows the container's.
        named = [port["targetPort"] for port in service.values()]
        named += [main[probe]["httpGet"]["port"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
        named += [rule["ports"][0]["port"] for rule in of("NetworkPolicy", found)["spec"]["ingress"]]
        assert set(named) == {"https", "metrics"}
        texts = yaml.safe_dump_all(found)
        assert "8443" not in texts and "9999" not in texts


def own_pods_are_left_out_by_their_label_and_no_namespace_is():
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


def a_label_of_the_user_does_not_take_the_place_of_the_charts():
    stolen = {OWN: None, "app.kubernetes.io/name": "other", "app.kubernetes.io/instance": "other", "team": "cloud"}
    found = deployment({"podLabels": stolen, "commonLabels": stolen})
    labels = found["spec"]["template"]["metadata"]["labels"]
    assert labels[OWN] and labels["team"] == "cloud"
    assert found["spec"]["selector"]["matchLabels"].items() <= labels.items()


def a_parent_may_turn_it_off_and_have_it_twice():
    names = ("first", "second")
    values = {"first": {"providers": ["aws"], "resources": {"limits": None}}, "second": {"flags": None, "enabled": True}}
    with parent(names, values) as folder:
        chart = load(folder)
        for release in ("release", "first", "first-second", "r" * 53):
            found = all_objects(chart=chart, release=release)
            identities = [(document["kind"], document["metadata"]["name"]) for document in found]
            assert len(set(identities)) == len(identities), (release, identities)
            assert len([1 for kind, _ in identities if kind == "Deployment"]) == 2
            assert max(len(name) for _, name in identities if name) <= 63 + len("-container-credentials")
            services = [document for document in found if document["kind"] == "Service"]
            for document in found:
                if document["kind"] == "Deployment":
                    labels = document["spec"]["template"]["metadata"]["labels"].items()
                    assert [service["metadata"]["name"] for service in services if service["spec"]["selector"].items() <= labels] == [document["metadata"]["name"]]
        kinds = [document["kind"] for document in all_objects({"first": {"enabled": False}}, chart=chart)]
        assert kinds.count("Deployment") == 1
    with parent(["pod-identity-webhook"], {"global": {"imageRegistry": "registry.example.com", "imagePullSecrets": ["a", {"name": "b"}]}}) as folder:
        spec = pod(chart=load(folder), release="platform")
        assert spec["containers"][0]["image"].startswith("registry.example.com/pod-identity-webhook:")
        assert spec["imagePullSecrets"] == [{"name": "a"}, {"name": "b"}]


def annotations_and_labels_are_values_of_each_object():
    places = {
        "registration": "MutatingWebhookConfiguration", "service": "Service", "deployment": "Deployment",
        "serviceAccount": "ServiceAccount", "serviceMonitor": "ServiceMonitor", "prometheusRule": "PrometheusRule",
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


def platforms_find_what_they_look_for():
    enforcer = of("MutatingWebhookConfiguration", objects(preset("aks")))["metadata"]
    assert enforcer["labels"]["admissions.enforcer/disabled"] == "true"
    assert enforcer["annotations"]["admissions.enforcer/disabled"] == "true"
    found = objects(merge(preset("openshift"), preset("openshift-service-ca")))
    secret = of("Service", found)["metadata"]["annotations"]["service.beta.openshift.io/serving-cert-secret-name"]
    volumes = of("Deployment", found)["spec"]["template"]["spec"]["volumes"]
    assert [volume["secret"]["secretName"] for volume in volumes if "secret" in volume] == [secret]
    assert of("MutatingWebhookConfiguration", found)["metadata"]["annotations"]["service.beta.openshift.io/inject-cabundle"] == "true"
    quota = of("ResourceQuota", objects(preset("gke")))["spec"]
    assert quota["scopeSelector"]["matchExpressions"][0]["values"] == [pod()["priorityClassName"]]
    assert not any(document["kind"] == "ResourceQuota" for document in objects())


def meshes_keep_their_sidecars_away():
    metadata = deployment()["spec"]["template"]["metadata"]
    assert metadata["labels"]["sidecar.istio.io/inject"] == "false"
    assert metadata["labels"]["kuma.io/sidecar-injection"] == "disabled"
    assert metadata["annotations"]["linkerd.io/inject"] == "disabled"
    assert metadata["annotations"]["consul.hashicorp.com/connect-inject"] == "false"
    assert "linkerd.io/inject" not in deployment({"podAnnotations": {"linkerd.io/inject": None}})["spec"]["template"]["metadata"]["annotations"]


def accounts_and_roles_may_be_somebody_elses():
    found = objects(settings("serviceAccount.create=false,serviceAccount.name=own,rbac.create=false"))
    assert not {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"} & {document["kind"] for document in found}
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
    assert image("image.registry=r.example.com:5000,image.repository=a/b,image.tag=20261128") == "r.example.com:5000/a/b:20261128"
    assert image("image.registry=r.example.com,global.imageRegistry=g.example.com") == "g.example.com/pod-identity-webhook:0.1.0"
    assert image(f"image.digest=sha256:{'a' * 64}") == f"pod-identity-webhook@sha256:{'a' * 64}"


def pods_are_as_their_values_say():
    values = settings(
        "dnsPolicy=ClusterFirstWithHostNet,dnsConfig.nameservers={10.0.0.10},readinessProbe.periodSeconds=3,"
        "livenessProbe.tcpSocket.port=https,startupProbe.failureThreshold=90"
    )
    spec = pod(values)
    assert (spec["dnsPolicy"], spec["dnsConfig"]) == ("ClusterFirstWithHostNet", {"nameservers": ["10.0.0.10"]})
    main = spec["containers"][0]
    assert main["readinessProbe"] == {"httpGet": {"path": "/readyz", "port": "https", "scheme": "HTTPS"}, "periodSeconds": 3, "timeoutSeconds": 5}
    assert main["livenessProbe"] == {"tcpSocket": {"port": "https"}, "periodSeconds": 10, "timeoutSeconds": 5}
    assert main["startupProbe"]["failureThreshold"] == 90


def numbers_are_taken_where_people_write_numbers():
    values = {
        "flags": {"aws-account-id": 111122223333, "token-expiration": "7200", "scan-interval": 0, "v": "2", "max-buffered-bytes": 67108864},
        "replicaCount": "3", "podAnnotations": {"big": 12345678, "yes": True}, "nodeSelector": {"pool": 1},
        "shutdown": {"delaySeconds": "3"}, "registration": {"timeoutSeconds": "5"}, "image": {"tag": 20261128},
        "profiles": {"enabled": ["vault"], "settings": {"vault": {"address": 123456789012}}},
    }
    found = objects(values)
    spec = of("Deployment", found)["spec"]
    main = spec["template"]["spec"]["containers"][0]
    assert {"--aws-account-id=111122223333", "--token-expiration=7200", "--v=2", "--shutdown-delay=3s", "--max-buffered-bytes=67108864"} <= set(main["args"])
    assert spec["replicas"] == 3 and main["image"].endswith(":20261128")
    assert spec["template"]["metadata"]["annotations"]["big"] == "12345678"
    assert spec["template"]["spec"]["nodeSelector"]["pool"] == "1"
    assert entries(values)[0]["timeoutSeconds"] == 5
    data = yaml.load(of("ConfigMap", found)["data"]["settings.yaml"], Loader)
    assert data["settings"]["vault"]["address"] == "123456789012"
    validated(found)


def no_flag_is_an_argument_twice():
    args = container(settings("extraArgs={--token-expiration=7200,--watch-config-map,-v4,--resync-period=60s}", "flags.token-expiration=3600,flags.v=2"))["args"]
    assert {"--token-expiration=7200", "--watch-config-map=true", "--v=4", "--resync-period=60s"} <= set(args)
    names = [re.match("--?([a-z-]+)", argument)[1] for argument in args]
    assert len(set(names)) == len(names), names
    role = of("Role", objects(settings("extraArgs={--watch-config-map}")))
    assert any(rule["resources"] == ["configmaps"] for rule in role["rules"])
    text = container(settings("extraArgs={--log-format=text}"))["args"]
    assert "--log-format=text" in text and "--log-format=json" not in text
    for argument in ("--port=1", "--tls-cert=a", "--providers=aws", "-port=1", "--namespace=a", "--shutdown-delay=1s"):
        assert "extraArgs" in (refuses(f"extraArgs={{{argument}}}") or ""), argument
    assert refuses("extraArgs={--resync-period=1s,--resync-period=2s}")
    assert refuses("extraArgs={--google-default-region=a}", "providers={google},google.defaultRegion=b")


def flags_with_their_defaults_are_no_arguments():
    expected = container()["args"]
    assert container({"flags": DEFAULTS["flags"]})["args"] == expected
    assert container({"flags": None})["args"] == expected
    assert [argument for argument in expected if argument.startswith("--log-format")] == ["--log-format=json"]


def the_registration_is_as_its_values_say():
    values = {"registration": {
        "failurePolicy": "Fail", "timeoutSeconds": 4, "serviceAccountTimeoutSeconds": 1, "excludedNamespaces": ["a"],
        "namespaceSelector": {"matchLabels": {"b": "c"}}, "objectSelector": {"matchExpressions": [{"key": "d", "operator": "Exists"}]},
        "matchConditions": [{"name": "e", "expression": "request.userInfo.username != 'f'"}],
    }, "strict": {"enabled": True, "timeoutSeconds": 7}}
    main, *strict, accounts = entries(values)
    assert main["failurePolicy"] == "Fail" and main["timeoutSeconds"] == 4 and accounts["timeoutSeconds"] == 1
    assert [entry["timeoutSeconds"] for entry in strict] == [7, 7]
    for entry in [main, *strict]:
        assert entry["namespaceSelector"]["matchLabels"] == {"b": "c"}
        assert {"key": "d", "operator": "Exists"} in entry["objectSelector"]["matchExpressions"]
        assert entry["matchConditions"] == values["registration"]["matchConditions"]
        # Nothing that a cluster needs to start waits for an entry that fails.
        assert {"a", "kube-system"} <= set(entry["namespaceSelector"]["matchExpressions"][0]["values"])
    assert "matchConditions" not in accounts
    assert refuses("registration.failurePolicy=fail") and refuses("registration.timeoutSeconds=31")


def further_objects_are_templates():
    values = {"extraObjects": [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "{{ .Release.Name }}-more"}, "data": {"a": "1"}},
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ include \"webhook.name\" . }}-text\n",
    ]}
    names = [document["metadata"]["name"] for document in objects(values)]
    assert {"pod-identity-webhook-more", "pod-identity-webhook-text"} <= set(names)


def prometheus_finds_targets_and_runbooks():
    values = {
        "serviceMonitor": {"enabled": True, "scrapeTimeout": "5s", "relabelings": [{"action": "labeldrop", "regex": "a"}], "metricRelabelings": [{"action": "drop", "regex": "b"}]},
        "prometheusRule": {"enabled": True, "runbookURL": "https://example.com/operate.md"},
    }
    found = objects(values)
    endpoint = of("ServiceMonitor", found)["spec"]["endpoints"][0]
    assert (endpoint["scrapeTimeout"], endpoint["relabelings"][0]["regex"], endpoint["metricRelabelings"][0]["regex"]) == ("5s", "a", "b")
    page = (ROOT / "docs/operate.md").read_text()
    headings = {f"#{heading.lower()}" for heading in re.findall(r"^### (PodIdentityWebhook\w+)$", page, re.M)}
    rules = of("PrometheusRule", found)["spec"]["groups"][0]["rules"]
    urls = {rule["annotations"]["runbook_url"] for rule in rules}
    assert urls == {f"https://example.com/operate.md{heading}" for heading in headings}


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


def notes_say_what_is_next_and_warn_of_what_was_chosen_oddly():
    def notes(*texts):
        return next(text for path, text in render(settings(*texts)).items() if path.endswith("NOTES.txt"))
    good = ["image.registry=registry.example.com"]
    assert "WARNING" not in notes(*good)
    assert "rollout status" in notes(*good) and "helm test" in notes(*good)
    odd = {
        "": "image.repository",
        "replicaCount=1": "drain",
        "hostNetwork=true,namespace.create=true": "Pod Security",
        "registration.failurePolicy=Fail": "registration.failurePolicy",
        "strict.enabled=true,replicaCount=1": "strict.enabled",
        "flags.service-account-lookup-grace-period=15s": "service-account-lookup-grace-period",
        "flags.enable-debugging-handlers=true": "enable-debugging-handlers",
        "rbac.create=false": "rbac.create",
        "serviceMonitor.enabled=true": "monitoring.coreos.com",
        "priorityClassName=": "priorityClassName",
        "networkPolicy.egressPorts={80}": "egressPorts",
        "serviceAccount.create=false": "default",
    }
    for text, word in odd.items():
        found = [line for line in re.split(r"\n(?=WARNING)", notes(*(good if text else []), text)) if line.startswith("WARNING")]
        assert any(word in warning for warning in found), (text, word, found)


def documentation_does_not_advise_what_loses_new_defaults():
    for path in [*ROOT.glob("docs/*.md"), *ROOT.glob("*.md"), *ROOT.glob("deploy/**/*.md"), *ROOT.glob("Sources/**/*.swift")]:
        for line in path.read_text().splitlines():
            assert not re.search(r"(?<!reset-then)-{1,2}reuse-values", line.replace("--reset-then-reuse-values", "")), (path, line)


def one_page_says_which_versions_of_kubernetes_there_are():
    oldest = re.search(r'kubeVersion: ">=(\d+\.\d+)\.0-0"', (CHART / "Chart.yaml").read_text())[1]
    install = (ROOT / "docs/install.md").read_text()
    section = install.split("## Kubernetes versions")[1].split("\n## ")[0]
    assert f"Kubernetes {oldest} or later" in section
    assert kubernetes_validate.latest_version().rsplit(".", 1)[0] in section, kubernetes_validate.latest_version()
    assert re.search(r"control-plane-(\d+\.\d+)", (ROOT / "scripts/control-plane.sh").read_text())[1] in section
    for name in ("README.md", "deploy/helm/pod-identity-webhook/README.md"):
        assert f"Kubernetes {oldest} or later" in (ROOT / name).read_text(), name


CHECKS = [value for name, value in list(globals().items()) if callable(value) and getattr(value, "__module__", "") == __name__
          and value.__code__.co_argcount == 0 and not name.startswith("_")]
