"""Values to render the chart with, and helpers to inspect the result."""

import json

import helm_python as helm
import kubernetes_validate
import yaml
from rendering import CHART, Loader, objects, of, render, settings

DEFAULTS = yaml.load((CHART / "values.yaml").read_text(), Loader)
OWN = "pod-identity-webhook.amazonaws.com/webhook"
EXTENSIONS = {"Issuer", "Certificate", "ServiceMonitor", "PrometheusRule"}
# Turns on everything that is off by default.
EVERYTHING = {
    "namespace": {"create": True},
    "providers": ["aws", "google", "azure"],
    "azure": {"tenantID": "tenant"},
    "google": {"defaultRegion": "europe-west1", "setupContainerResources": {"limits": {"memory": "1Gi"}}},
    "profiles": {
        "enabled": ["vault"],
        "custom": {"acme": "profile: acme"},
        "settings": {"vault": {"address": "https://v"}},
    },
    "flags": {"watch-config-map": True, "namespace-roles": True, "scan-interval": "10m"},
    "containerCredentials": {"identities": [{"namespace": "a", "serviceAccount": "b"}]},
    "clientCA": {"configMap": "client-ca"},
    "strict": {"enabled": True, "timeoutSeconds": 3},
    "hostNetwork": True,
    "networkPolicy": {"egressPorts": [6443], "metricsFrom": [{"podSelector": {}}]},
    "resourceQuota": {"enabled": True},
    "serviceMonitor": {"enabled": True, "scrapeTimeout": "10s", "relabelings": [{"action": "labeldrop", "regex": "a"}]},
    "prometheusRule": {"enabled": True},
    "grafanaDashboard": {"enabled": True},
    "imagePullSecrets": [{"name": "pull"}],
    "registration": {
        "matchConditions": [{"name": "a", "expression": "true"}],
        "objectSelector": {"matchLabels": {"a": "b"}},
    },
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
    """The error if values do not match the schema, or if a template fails with them; None if they are accepted."""
    try:
        render(settings(*texts))
    except helm.HelmError as error:
        return str(error)
    return None


def validated(found):
    for document in found:
        if document["kind"] not in EXTENSIONS:
            kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
    return found


def survived(found, path):
    """Fails if a missing value appears in the output of a template."""
    for document in found:
        assert document["kind"] and document["metadata"]["name"], path
        text = json.dumps(document)
        assert "<nil>" not in text and "<no value>" not in text, (path, document)
