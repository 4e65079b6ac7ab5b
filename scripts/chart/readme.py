"""Generates the chart's README from the comments in values.yaml."""

import json
import re

import yaml
from rendering import CHART, Loader

README = CHART / "README.md"
HEAD = """# pod-identity-webhook

{description} It needs Kubernetes {oldest} or later.

No image is published. [Build it](../../../docs/install.md#the-image), push it to your registry, and set `image.registry`:

```sh
helm install pod-identity-webhook deploy/helm/pod-identity-webhook --namespace pod-identity-webhook --create-namespace \\
    --set image.registry=REGISTRY
helm test pod-identity-webhook --namespace pod-identity-webhook --logs
helm upgrade pod-identity-webhook deploy/helm/pod-identity-webhook --namespace pod-identity-webhook --reset-then-reuse-values
```

Upgrade with `--reset-then-reuse-values`, so that new values get their defaults.
[docs/install.md](../../../docs/install.md) describes the choices, the presets, and what to do on each platform.

## Values

`make manifests` generates this table from [values.yaml](values.yaml).

| value | default | meaning |
|---|---|---|
"""


def rows(text):
    """The values with their defaults and comments, in the order of the file."""
    values = yaml.load(text, Loader)
    path, comment, covered = [], [], None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if covered is not None and (indent > covered or not line.strip()):
            if line.strip():
                continue
        else:
            covered = None
        if re.match(r"\s*#", line):
            comment.append(line.strip().removeprefix("#").strip())
            continue
        found = re.match(r"(\s*)([A-Za-z0-9_.-]+):(.*)$", line)
        if not line.strip():
            comment = []
        if not found:
            continue
        depth = len(found[1]) // 2
        path = [*path[:depth], found[2]]
        value = values
        for key in path:
            value = value[key]
        if isinstance(value, dict) and not found[3].strip() and not is_described(text, path):
            # Its entries have their own comments.
            comment = []
            continue
        if comment:
            yield ".".join(path), value, " ".join(comment)
            covered = indent
        comment = []


def is_described(text, path):
    """Whether the entries of a map are described by the comment on the map, and not individually."""
    lines = text.splitlines()
    indent = "  " * (len(path) - 1)
    for number, line in enumerate(lines):
        if line == f"{indent}{path[-1]}:":
            return not lines[number + 1].strip().startswith("#")
    return True


def shown(value):
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def cell(text):
    return text.replace("|", "\\|")


def written():
    text = (CHART / "values.yaml").read_text()
    chart = yaml.load((CHART / "Chart.yaml").read_text(), Loader)
    oldest = re.match(r">=(\d+\.\d+)", chart["kubeVersion"])[1]
    # The comment at the top describes the file.
    table = [f"| `{name}` | `{cell(shown(value))}` | {cell(comment)} |" for name, value, comment in rows(text)]
    return HEAD.format(description=chart["description"], oldest=oldest) + "\n".join(table) + "\n"


def write():
    README.write_text(written())


def the_readme_is_generated_from_the_values():
    assert README.read_text() == written(), "run `make manifests`"
    names = [name for name, _, _ in rows((CHART / "values.yaml").read_text())]
    assert len(set(names)) == len(names)
    described = [tuple(name.split(".")) for name in names]

    def is_covered(path, value):
        if any(path[:length] in described for length in range(1, len(path) + 1)):
            return True
        return (
            isinstance(value, dict)
            and bool(value)
            and all(is_covered((*path, key), inner) for key, inner in value.items())
        )

    values = yaml.load((CHART / "values.yaml").read_text(), Loader)
    assert all(is_covered((key,), value) for key, value in values.items()), [
        key for key, value in values.items() if not is_covered((key,), value)
    ]


CHECKS = [the_readme_is_generated_from_the_values]
