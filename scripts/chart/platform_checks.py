"""Checks of the chart on specific platforms and alongside other programs. The name of each check is a sentence."""

import re

import yaml
from rendering import all_objects, load, merge, objects, of, parent, preset, presets, settings
from samples import EVERYTHING, deployment, pod, validated


def openshift_gets_no_users_and_no_groups():
    for document in all_objects(preset("openshift")):
        text = yaml.safe_dump(document)
        assert not re.search(r"runAsUser|runAsGroup|fsGroup", text), text
    # The rest is what OpenShift's restricted constraints require.
    assert pod(preset("openshift"))["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def a_new_pod_waits_for_the_ports_of_the_old_pod():
    def strategy(values):
        return deployment(values)["spec"]["strategy"]["rollingUpdate"]

    gone_first, there_first = {"maxSurge": 0, "maxUnavailable": 1}, {"maxSurge": 1, "maxUnavailable": 0}
    assert strategy(settings("hostNetwork=true")) == gone_first
    assert strategy(preset("single-node")) == gone_first
    assert strategy({}) == strategy(preset("high-availability")) == there_first
    own = settings("hostNetwork=true,updateStrategy.rollingUpdate.maxUnavailable=50%")
    assert strategy(own) == {"maxUnavailable": "50%"}


def presets_contain_what_platforms_look_for():
    enforcer = of("MutatingWebhookConfiguration", objects(preset("aks")))["metadata"]
    assert enforcer["labels"]["admissions.enforcer/disabled"] == "true"
    assert enforcer["annotations"]["admissions.enforcer/disabled"] == "true"
    found = objects(merge(preset("openshift"), preset("openshift-service-ca")))
    secret = of("Service", found)["metadata"]["annotations"]["service.beta.openshift.io/serving-cert-secret-name"]
    volumes = of("Deployment", found)["spec"]["template"]["spec"]["volumes"]
    assert [volume["secret"]["secretName"] for volume in volumes if "secret" in volume] == [secret]
    assert (
        of("MutatingWebhookConfiguration", found)["metadata"]["annotations"][
            "service.beta.openshift.io/inject-cabundle"
        ]
        == "true"
    )
    quota = of("ResourceQuota", objects(preset("gke")))["spec"]
    of_class = {"scopeName": "PriorityClass", "operator": "In", "values": [pod()["priorityClassName"]]}
    assert quota == {"hard": {"pods": "10"}, "scopeSelector": {"matchExpressions": [of_class]}}
    assert not any(document["kind"] == "ResourceQuota" for document in objects())


def service_meshes_inject_no_sidecars():
    metadata = deployment()["spec"]["template"]["metadata"]
    assert metadata["labels"]["sidecar.istio.io/inject"] == "false"
    assert metadata["labels"]["kuma.io/sidecar-injection"] == "disabled"
    assert metadata["annotations"]["linkerd.io/inject"] == "disabled"
    assert metadata["annotations"]["consul.hashicorp.com/connect-inject"] == "false"
    assert (
        "linkerd.io/inject"
        not in deployment({"podAnnotations": {"linkerd.io/inject": None}})["spec"]["template"]["metadata"][
            "annotations"
        ]
    )


def a_parent_chart_can_disable_it_and_include_it_twice():
    names = ("first", "second")
    values = {
        "first": {"providers": ["aws"], "resources": {"limits": None}},
        "second": {"flags": None, "enabled": True},
    }
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
                    assert [
                        service["metadata"]["name"]
                        for service in services
                        if service["spec"]["selector"].items() <= labels
                    ] == [document["metadata"]["name"]]
        kinds = [document["kind"] for document in all_objects({"first": {"enabled": False}}, chart=chart)]
        assert kinds.count("Deployment") == 1
    with parent(
        ["pod-identity-webhook"],
        {"global": {"imageRegistry": "registry.example.com", "imagePullSecrets": ["a", {"name": "b"}]}},
    ) as folder:
        spec = pod(chart=load(folder), release="platform")
        assert spec["containers"][0]["image"].startswith("registry.example.com/pod-identity-webhook:")
        assert spec["imagePullSecrets"] == [{"name": "a"}, {"name": "b"}]


def presets_and_all_features_are_valid_for_a_current_kubernetes():
    for values in [*map(preset, presets()), EVERYTHING]:
        validated(all_objects(values))


CHECKS = [
    openshift_gets_no_users_and_no_groups,
    a_new_pod_waits_for_the_ports_of_the_old_pod,
    presets_contain_what_platforms_look_for,
    service_meshes_inject_no_sidecars,
    a_parent_chart_can_disable_it_and_include_it_twice,
    presets_and_all_features_are_valid_for_a_current_kubernetes,
]
