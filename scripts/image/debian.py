"""Asks dpkg about this system's packages. Nothing here needs root."""

import functools
import hashlib
import os
import pathlib
import re
import subprocess


class ImageError(Exception):
    """The image cannot be built from this system."""


def _query(*arguments):
    result = subprocess.run(["dpkg-query", *arguments], capture_output=True, text=True)
    if result.returncode != 0:
        raise ImageError(f"dpkg-query {' '.join(arguments)}: {result.stderr.strip()}")
    return result.stdout


def architecture():
    """Debian's name for this system's architecture, which for amd64 and arm64 is also OCI's."""
    return subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()


def _canonical(path):
    """The path without symbolic links: packages name files below /lib, which is a link to /usr/lib."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


@functools.cache
def _owners():
    """The packages of all files of this system, by the paths that the packages use."""
    rows = (line.partition(": ") for line in _query("--search", "/*").splitlines())
    return {name: packages.split(",")[0].split(":")[0] for packages, _, name in rows}


def owner(path):
    """The name of the package that a file belongs to."""
    canonical = _canonical(path)
    for name in (path, canonical, canonical.removeprefix("/usr")):
        if name in _owners():
            return _owners()[name]
    raise ImageError(f"{path} does not belong to any Debian package")


@functools.cache
def _installed(package):
    """The package's name with its architecture, as dpkg distinguishes architectures."""
    names = _query("--show", "--showformat", "${binary:Package}\\n", package).split()
    of_system = [name for name in names if name.partition(":")[2] in ("", architecture())]
    if not of_system:
        raise ImageError(f"the package {package} is not installed for {architecture()}")
    return of_system[0]


def paths(package):
    return _query("--listfiles", _installed(package)).splitlines()


@functools.cache
def _checksums(package):
    """The MD5 sums of the package's files, by their canonical paths."""
    sums = {}
    for line in _query("--control-show", _installed(package), "md5sums").splitlines():
        value, name = line.split(maxsplit=1)
        sums[_canonical("/" + name)] = value
    for line in field(package, "Conffiles").splitlines():
        name, value = line.split()[:2]
        sums[_canonical(name)] = value
    return sums


def verified_content(path, package):
    """The content of a package's file, which must be as it is in the package."""
    content = pathlib.Path(path).read_bytes()
    expected = _checksums(package).get(_canonical(path))
    if expected != hashlib.md5(content, usedforsecurity=False).hexdigest():
        raise ImageError(f"{path} differs from the file in the package {package}: reinstall the package")
    return content


@functools.cache
def field(package, name):
    """A field of dpkg's record, such as Version or source:Package."""
    return _query("--show", "--showformat", f"${{{name}}}", _installed(package)).strip()


def record(package):
    """The fields of a package that a vulnerability scanner reads, as a paragraph of dpkg's status."""
    source = f"{field(package, 'source:Package')} ({field(package, 'source:Version')})"
    return (
        f"Package: {package}\nStatus: install ok installed\nArchitecture: {field(package, 'Architecture')}\n"
        f"Source: {source}\nVersion: {field(package, 'Version')}\n"
    )


def licences(path):
    """The packages that the image may contain, with their licences as SPDX expressions, from a table in a file."""
    rows = [line.split(maxsplit=1) for line in pathlib.Path(path).read_text().splitlines() if re.match("[a-z0-9]", line)]
    return {package: licence for package, licence in rows}


def release():
    """The distribution's ID, name and version."""
    rows = re.findall(r'^(ID|NAME|VERSION_ID)="?([^"\n]*)"?$', pathlib.Path("/etc/os-release").read_text(), re.MULTILINE)
    return dict(rows)
