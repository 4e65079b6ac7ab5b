"""Renders the chart in this process, which is fast enough to do it hundreds of times."""

import contextlib
import copy
import os
import pathlib
import sys
import tempfile

import helm_python as helm
import yaml
from yaml import CSafeLoader as Loader

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/helm/pod-identity-webhook"

sys.path.insert(0, str(ROOT / "scripts"))
from helm import documents, merge  # noqa: E402  the script beside this folder, which renders for the shell


@contextlib.contextmanager
def quiet():
    """Helm's library, in Go, reports each symbolic link in the chart on standard error."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def load(path=CHART):
    with quiet():
        return helm.Chart.load(str(path))


def render(values=None, *, chart=None, release="pod-identity-webhook", namespace="pod-identity-webhook"):
    """The rendered files by path, including NOTES.txt, after checking the values against the schema."""
    chart = chart or DEFAULT
    chart.validate_schema(copy.deepcopy(values or {}))
    return chart.render(copy.deepcopy(values or {}), name=release, namespace=namespace)


def objects(values=None, **options):
    """The rendered objects, without those of `helm test`."""
    return [yaml.load(text, Loader) for text in documents(render(values, **options))]


def all_objects(values=None, **options):
    """The rendered objects with those of `helm test`."""
    files = render(values, **options)
    return [
        document
        for path, text in files.items()
        if path.endswith(".yaml")
        for document in yaml.load_all(text, Loader)
        if document
    ]


def of(kind, found):
    return next(document for document in found if document["kind"] == kind)


def settings(*texts):
    """Values as `--set` reads them."""
    values = {}
    for text in texts:
        merge(values, helm.parse_set_string(text))
    return values


def preset(name):
    return yaml.load((CHART / f"values-{name}.yaml").read_text(), Loader)


def presets():
    return sorted(path.stem.removeprefix("values-") for path in CHART.glob("values-*.yaml"))


@contextlib.contextmanager
def copied(values=None):
    """A copy of the chart with its links resolved, and with other values in values.yaml, as with `--reuse-values`."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "chart")
        for file in CHART.rglob("*"):
            target = path / file.relative_to(CHART)
            if file.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read_bytes())
        for file in (CHART / "profiles").glob("*.yaml"):
            target = path / "profiles" / file.name
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(file.read_bytes())
        if values is not None:
            (path / "values.yaml").write_text(yaml.safe_dump(values))
        yield path


@contextlib.contextmanager
def parent(dependencies, values):
    """A chart with this one as a subchart under each of the aliases, with a condition for each."""
    with tempfile.TemporaryDirectory() as folder, copied() as chart:
        path = pathlib.Path(folder, "parent")
        (path / "charts").mkdir(parents=True)
        (path / "templates").mkdir()
        chart.rename(path / "charts/pod-identity-webhook")
        description = {
            "apiVersion": "v2",
            "name": "parent",
            "version": "1.0.0",
            "dependencies": [
                {"name": "pod-identity-webhook", "version": "0.x.x", "condition": f"{name}.enabled"}
                | ({"alias": name} if name != "pod-identity-webhook" else {})
                for name in dependencies
            ],
        }
        (path / "Chart.yaml").write_text(yaml.safe_dump(description))
        (path / "values.yaml").write_text(yaml.safe_dump(values))
        yield path


DEFAULT = load()
