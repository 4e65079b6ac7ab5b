#!/usr/bin/env python3
"""Provides the Helm commands that the chart's checks need, using Helm's own library, because Debian does not package helm."""

import argparse
import json
import os
import pathlib
import sys

import helm_python as helm

# Every kind of object in the chart, ordered so that each object comes after those it refers to. Other kinds come last.
KINDS = [
    "Namespace", "ResourceQuota", "NetworkPolicy", "PodDisruptionBudget", "ServiceAccount", "ConfigMap", "ClusterRole",
    "ClusterRoleBinding", "Role", "RoleBinding", "Issuer", "Certificate", "Service", "Deployment", "ServiceMonitor",
    "PrometheusRule", "MutatingWebhookConfiguration", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
]


def merge(base, other):
    """Merges one map into another, as Helm does if `--values` is given twice."""
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(base.get(key), dict):
            merge(base[key], value)
        else:
            base[key] = value
    return base


def given_values(arguments):
    values = {}
    for path in arguments.values:
        merge(values, helm.values_from_yaml(pathlib.Path(path).read_text()))
    for setting in arguments.set:
        merge(values, helm.parse_set_string(setting))
    return values


def kind(document):
    return next(line.split()[1] for line in document.splitlines() if line.startswith("kind:"))


def place(document):
    return KINDS.index(kind(document)) if kind(document) in KINDS else len(KINDS)


def documents(files):
    """The rendered objects, without those of `helm test`, in the order in which to create them."""
    found = []
    for path, text in sorted(files.items()):
        if path.endswith(".yaml") and "/templates/tests/" not in path:
            found += [part.strip("\n") for part in text.removeprefix("---\n").split("\n---\n") if "\nkind:" in f"\n{part}"]
    return sorted(found, key=place)


def template(arguments):
    with helm.Chart.load(arguments.chart) as chart:
        values = given_values(arguments)
        chart.validate_schema(values)
        files = chart.render(values, name=arguments.release, namespace=arguments.namespace)
    print("\n---\n".join(documents(files)))


def lint(arguments):
    report = helm.lint(arguments.chart, given_values(arguments), strict=True)
    findings = [message for message in report["messages"] or [] if message["severity"] > 1]
    for finding in findings:
        print(f'{finding["path"]}: {finding["error"]}', file=sys.stderr)
    for error in report["errors"] or []:
        print(error, file=sys.stderr)
    if findings or report["errors"]:
        sys.exit(1)


def release(arguments):
    with helm.Config(kubeconfig_path=arguments.kubeconfig, namespace=arguments.namespace) as config:
        if arguments.command == "uninstall":
            answer = config.uninstall(arguments.release)
        elif arguments.command == "upgrade":
            values = given_values(arguments)
            if arguments.reset_then_reuse_values:
                # As in Helm: the defaults of the new chart, overridden by the values given then and now.
                values = merge(config.get_values(arguments.release) or {}, values)
            answer = config.upgrade(
                arguments.chart, arguments.release, values, reuse_values=arguments.reuse_values
            )
        else:
            answer = config.install(
                arguments.chart, arguments.release, given_values(arguments), create_namespace=True
            )
    json.dump(answer, sys.stdout)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, run in [
        ("template", template), ("lint", lint), ("install", release), ("upgrade", release), ("uninstall", release),
    ]:
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        if name != "lint":
            command.add_argument("release")
            command.add_argument("--namespace", default="pod-identity-webhook")
        if name != "uninstall":
            command.add_argument("chart")
            command.add_argument("--values", action="append", default=[])
            command.add_argument("--set", action="append", default=[])
        if run is release:
            command.add_argument("--kubeconfig", default=os.environ.get("KUBECONFIG"))
            command.add_argument("--create-namespace", action="store_true", help="ignored: `install` always does this")
        if name == "upgrade":
            command.add_argument("--reuse-values", action="store_true")
            command.add_argument("--reset-then-reuse-values", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    # The library logs each symbolic link in the chart.
    helm.disable_logging()
    try:
        arguments = parse()
        arguments.run(arguments)
    except helm.HelmError as error:
        sys.exit(f"helm: {error}")
