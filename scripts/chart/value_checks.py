"""Checks of the values. The name of each check is a sentence."""

import copy
import re

import yaml
from rendering import Loader, all_objects, copied, load, merge, objects, of, settings
from samples import DEFAULTS, EVERYTHING, container, deployment, entries, refuses, survived, validated


def paths(values, path=()):
    """The path of each value, and of each map of values."""
    for key, value in values.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from paths(value, (*path, key))


def at(path, value):
    """Values with a single value at a path."""
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


# Templates loop over the entries of these values, so all of them except the required ones are set to null at once.
LOOPED = ("flags", "google", "azure")


def each_null(values):
    """Values with a null at each path of these values in turn."""
    for path in paths(values):
        if path[0] not in LOOPED or len(path) == 1:
            yield path, at(path, None)
    for key in LOOPED:
        yield (key, "*"), {key: {name: None for name in values[key] if name != "tenantID"}}


def each_value_may_be_null():
    # The chart rejects Azure without a tenant, and settings for a cloud that is not a provider.
    needed = {("azure",), ("providers",), ("profiles", "enabled")}
    for path, null in each_null(merge(copy.deepcopy(DEFAULTS), EVERYTHING)):
        if path not in needed:
            survived(all_objects(merge(copy.deepcopy(EVERYTHING), null)), path)


def a_value_that_is_null_or_missing_has_its_default():
    # Helm removes a null value, which then looks like a new value with --reuse-values.
    expected = all_objects()
    removable = {
        "resources", "priorityClassName", "topologySpreadConstraints", "nodeSelector", "tolerations", "affinity",
        "podAnnotations", "podLabels", "podSecurityContext", "securityContext", "startupProbe", "livenessProbe",
        "readinessProbe", "grafanaDashboard",
    }  # fmt: skip
    for path, null in each_null(DEFAULTS):
        if path[0] not in removable or path in (("podSecurityContext",), ("securityContext",), ("readinessProbe",)):
            assert all_objects(null) == expected, path


def values_of_the_previous_chart_can_be_reused():
    values = without(without(DEFAULTS, ("replicaCount",)), ("ports",)) | {"replicas": 3}
    for key in ("podSecurityContext", "securityContext", "rbac", "readinessProbe", "deployment", "service"):
        del values[key]
    values["serviceAccount"] = {"annotations": {}}
    with copied(values) as folder:
        found = of("Deployment", objects(chart=load(folder)))
    assert found["spec"]["replicas"] == 3
    assert found["spec"]["template"] == deployment()["spec"]["template"]


def null_resources_are_omitted_with_their_alert():
    for resources in (None, {"limits": None}, {"limits": {"memory": None}}):
        found = objects({"resources": resources, "prometheusRule": {"enabled": True}})
        rules = of("PrometheusRule", found)["spec"]["groups"][0]["rules"]
        assert "PodIdentityWebhookMemoryHigh" not in [rule["alert"] for rule in rules]
        assert "memory" not in (
            of("Deployment", found)["spec"]["template"]["spec"]["containers"][0].get("resources") or {}
        ).get("limits", {})


def numbers_are_accepted_where_people_write_them():
    values = {
        "flags": {
            "aws-account-id": 111122223333,
            "token-expiration": "7200",
            "scan-interval": 0,
            "v": "2",
            "max-buffered-bytes": 67108864,
        },
        "replicaCount": "3",
        "podAnnotations": {"big": 12345678, "yes": True},
        "nodeSelector": {"pool": 1},
        "shutdown": {"delaySeconds": "3"},
        "registration": {"timeoutSeconds": "5"},
        "image": {"tag": 20261128},
        "profiles": {"enabled": ["vault"], "settings": {"vault": {"address": 123456789012}}},
    }
    found = objects(values)
    spec = of("Deployment", found)["spec"]
    main = spec["template"]["spec"]["containers"][0]
    assert {
        "--aws-account-id=111122223333",
        "--token-expiration=7200",
        "--v=2",
        "--shutdown-delay=3s",
        "--max-buffered-bytes=67108864",
    } <= set(main["args"])
    assert spec["replicas"] == 3 and main["image"].endswith(":20261128")
    assert spec["template"]["metadata"]["annotations"]["big"] == "12345678"
    assert spec["template"]["spec"]["nodeSelector"]["pool"] == "1"
    assert entries(values)[0]["timeoutSeconds"] == 5
    data = yaml.load(of("ConfigMap", found)["data"]["settings.yaml"], Loader)
    assert data["settings"]["vault"]["address"] == "123456789012"
    validated(found)


def no_flag_occurs_twice_in_the_arguments():
    args = container(
        settings(
            "extraArgs={--token-expiration=7200,--watch-config-map,-v4,--resync-period=60s}",
            "flags.token-expiration=3600,flags.v=2",
        )
    )["args"]
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


def flags_with_default_values_are_not_arguments():
    expected = container()["args"]
    assert container({"flags": DEFAULTS["flags"]})["args"] == expected
    assert container({"flags": None})["args"] == expected
    assert [argument for argument in expected if argument.startswith("--log-format")] == ["--log-format=json"]


CHECKS = [
    each_value_may_be_null,
    a_value_that_is_null_or_missing_has_its_default,
    values_of_the_previous_chart_can_be_reused,
    null_resources_are_omitted_with_their_alert,
    numbers_are_accepted_where_people_write_them,
    no_flag_occurs_twice_in_the_arguments,
    flags_with_default_values_are_not_arguments,
]
