"""Checks of texts for users. The name of each check is a sentence."""

import re

import kubernetes_validate
from rendering import CHART, ROOT, objects, of, render, settings


def notes_give_the_next_steps_and_warn_about_risky_values():
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
        found = [
            line
            for line in re.split(r"\n(?=WARNING)", notes(*(good if text else []), text))
            if line.startswith("WARNING")
        ]
        assert any(word in warning for warning in found), (text, word, found)


def documentation_does_not_recommend_commands_that_lose_new_defaults():
    for path in [
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("*.md"),
        *ROOT.glob("deploy/**/*.md"),
        *ROOT.glob("Sources/**/*.swift"),
    ]:
        for line in path.read_text().splitlines():
            assert not re.search(r"(?<!reset-then)-{1,2}reuse-values", line.replace("--reset-then-reuse-values", "")), (
                path,
                line,
            )


def the_versions_of_kubernetes_are_documented():
    oldest = re.search(r'kubeVersion: ">=(\d+\.\d+)\.0-0"', (CHART / "Chart.yaml").read_text())[1]
    install = (ROOT / "docs/install.md").read_text()
    section = install.split("## Kubernetes versions")[1].split("\n## ")[0]
    assert f"Kubernetes {oldest} or later" in section
    assert kubernetes_validate.latest_version().rsplit(".", 1)[0] in section, kubernetes_validate.latest_version()
    assert re.search(r"control-plane-(\d+\.\d+)", (ROOT / "scripts/control-plane.sh").read_text())[1] in section
    for name in ("README.md", "deploy/helm/pod-identity-webhook/README.md"):
        assert f"Kubernetes {oldest} or later" in (ROOT / name).read_text(), name


def prometheus_finds_targets_and_runbooks():
    values = {
        "serviceMonitor": {
            "enabled": True,
            "scrapeTimeout": "5s",
            "relabelings": [{"action": "labeldrop", "regex": "a"}],
            "metricRelabelings": [{"action": "drop", "regex": "b"}],
        },
        "prometheusRule": {"enabled": True, "runbookURL": "https://example.com/operate.md"},
    }
    found = objects(values)
    endpoint = of("ServiceMonitor", found)["spec"]["endpoints"][0]
    assert (
        endpoint["scrapeTimeout"],
        endpoint["relabelings"][0]["regex"],
        endpoint["metricRelabelings"][0]["regex"],
    ) == ("5s", "a", "b")
    page = (ROOT / "docs/operate.md").read_text()
    headings = {f"#{heading.lower()}" for heading in re.findall(r"^### (PodIdentityWebhook\w+)$", page, re.M)}
    rules = of("PrometheusRule", found)["spec"]["groups"][0]["rules"]
    urls = {rule["annotations"]["runbook_url"] for rule in rules}
    assert urls == {f"https://example.com/operate.md{heading}" for heading in headings}


CHECKS = [
    notes_give_the_next_steps_and_warn_about_risky_values,
    documentation_does_not_recommend_commands_that_lose_new_defaults,
    the_versions_of_kubernetes_are_documented,
    prometheus_finds_targets_and_runbooks,
]
