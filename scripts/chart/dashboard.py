"""Checks the Grafana dashboard."""

import json
import pathlib
import re

import jsonschema
from rendering import CHART, ROOT, objects, of

# Prometheus' own metrics, not those of a program that it scrapes.
OF_PROMETHEUS = {"up"}
FUNCTIONS = {
    "sum",
    "min",
    "max",
    "count",
    "rate",
    "increase",
    "histogram_quantile",
    "time",
    "vector",
    "by",
    "or",
    "label_values",
}


def described_metrics():
    """The metrics of docs/reference.md with their labels; the tests compare that page with the program."""
    page = (ROOT / "docs/reference.md").read_text().split("\n## Metrics\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|([^|]*)\|$", page, re.M)
    metrics = {name: set(re.split(r"[ ,]+", labels.strip())) - {""} for name, _, labels in rows}
    histograms = {f"{name}_bucket": metrics[name] | {"le"} for name, kind, _ in rows if kind == "histogram"}
    return metrics | histograms


def used_metrics(expression):
    """The names of the metrics in an expression, and of the labels by which it aggregates them."""
    grouped = {label for labels in re.findall(r"by \(([^)]*)\)", expression) for label in re.split(r"[ ,]+", labels)}
    bare = re.sub(r"by \([^)]*\)|\{[^}]*\}|\[[^]]*\]|\"[^\"]*\"", " ", expression)
    names = set(re.findall(r"[a-z_][a-z0-9_]*", bare)) - FUNCTIONS
    return names, grouped


def overlaps(panels):
    places = set()
    for panel in panels:
        grid = panel["gridPos"]
        for place in (
            (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
        ):
            if place in places or place[0] > 23:
                yield panel["title"]
            places.add(place)


def the_dashboard_is_valid_and_its_metrics_exist():
    config = of("ConfigMap", objects({"grafanaDashboard": {"enabled": True, "annotations": {"folder": "Platform"}}}))
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    ((name, text),) = config["data"].items()
    assert name.endswith(".json") and json.loads(text) == json.loads(
        (CHART / "dashboards/pod-identity-webhook.json").read_text()
    )
    board = json.loads(text)
    schema = json.loads((pathlib.Path(__file__).parent / "dashboard.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(board, schema)
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert not list(overlaps(board["panels"])), list(overlaps(board["panels"]))

    described = described_metrics()
    variables = {variable["name"] for variable in board["templating"]["list"]} | {"__rate_interval"}
    queries = [
        variable["query"].split("(")[1].split(",")[0]
        for variable in board["templating"]["list"]
        if variable["type"] == "query"
    ]
    found = set()
    for panel in board["panels"]:
        for target in panel["targets"]:
            names, grouped = used_metrics(target["expr"])
            found |= names
            assert names and names <= described.keys() | OF_PROMETHEUS, (panel["title"], names - described.keys())
            labels = set().union(*(described.get(name, set()) for name in names))
            assert grouped <= labels, (panel["title"], grouped - labels)
            shown = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            assert shown <= labels | {"pod"}, (panel["title"], shown - labels)
            assert set(re.findall(r"\$(\w+)", target["expr"])) <= variables, panel["title"]
    for query in queries:
        assert used_metrics(query)[0] <= described.keys(), query
    assert len(found) > 15


CHECKS = [the_dashboard_is_valid_and_its_metrics_exist]
