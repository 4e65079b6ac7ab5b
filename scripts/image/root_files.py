"""The files of the image: the program, those of the Debian packages that it needs, and the image's own configuration."""

import collections
import os
import pathlib
import re
import struct
import subprocess
from typing import NamedTuple, Optional

import debian

PROGRAM = "pod-identity-webhook"

# Packages such as base-files would add many more users and databases. These are the ones that the C library reads; the
# services "files" and "dns" are built into it.
CONFIGURATION = {
    "/etc/passwd": "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n",
    "/etc/group": "root:x:0:\nnonroot:x:65532:\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
# OpenSSL reads these two in its own folder: the first is a link to the bundle, the second contains the distribution's policy.
OPENSSL_FILES = ["/usr/lib/ssl/cert.pem", "/usr/lib/ssl/openssl.cnf"]


# Other names of the program: those in manifests for the EKS webhook's images, and that of the command with which the chart's
# containers wait before they are stopped.
OTHER_NAMES = ["/webhook", "/usr/bin/aws-pod-identity-webhook", "/usr/bin/sleep"]

# CAP_NET_BIND_SERVICE as permitted, so that the program may listen on port 443 (linux/capability.h, revision 2). The program
# itself makes it effective, because a file with an effective capability cannot be executed where the capability is dropped.
PORTS_BELOW_1024 = struct.pack("<5I", 0x02000000, 1 << 10, 0, 0, 0)


class File(NamedTuple):
    """A regular file, or a symbolic link if it has a target. Folders are derived from the paths."""

    path: str
    owner: str
    content: bytes = b""
    target: Optional[str] = None
    mode: int = 0o644
    # The extended attribute security.capability, or empty.
    capability: bytes = b""


class Root:
    """Collects the files, each once, under their paths on this system."""

    def __init__(self):
        self.files = {}

    def add(self, file):
        self.files[file.path] = file

    def add_from_system(self, path, mode=0o644):
        """Adds a file of a Debian package and the symbolic links on its path."""
        for place, target in steps(path):
            if target is not None:
                self.add(File(place, PROGRAM if os.path.isdir(place) else debian.owner(place), target=target, mode=0o777))
            elif place != BUNDLE:
                package = debian.owner(place)
                self.add(File(place, package, debian.verified_content(place, package), mode=mode))

    def sorted(self):
        return sorted(self.files.values())


def steps(path):
    """The symbolic links on the path to a file, each with its target, and finally the file itself, with None."""
    rest = collections.deque(path.strip("/").split("/"))
    place = ""
    while rest:
        place = f"{place}/{rest.popleft()}"
        if os.path.islink(place):
            target = os.readlink(place)
            yield place, target
            resolved = os.path.normpath(os.path.join(os.path.dirname(place), target))
            rest.extendleft(reversed(resolved.strip("/").split("/")))
            place = ""
    yield place, None


def _read_elf(path):
    """The program interpreter and the libraries that an ELF file names."""
    environment = os.environ | {"LC_ALL": "C"}
    text = subprocess.run(
        ["readelf", "--wide", "--program-headers", "--dynamic", path],
        check=True, capture_output=True, text=True, env=environment,
    ).stdout
    interpreter = re.search(r"\[Requesting program interpreter: (.*)\]", text)
    return interpreter and interpreter[1], re.findall(r"\(NEEDED\)\s+Shared library: \[(.*)\]", text)


def libraries(program):
    """The program interpreter of a program, and each library that it or one of its libraries names.

    All of them are in the interpreter's own folder. Variants for some processors, in folders below it, are left out, so that
    the image is the same on whichever machine it is built.
    """
    interpreter, waiting = _read_elf(program)
    folder = os.path.dirname(os.path.realpath(interpreter))
    paths = {}
    while waiting:
        name = waiting.pop()
        if name in paths:
            continue
        paths[name] = os.path.join(folder, name)
        if not os.path.exists(paths[name]):
            raise debian.ImageError(f"{name} is not in {folder}")
        waiting += _read_elf(paths[name])[1]
    return interpreter, sorted(paths.values())


def _certificates():
    """The bundle that update-ca-certificates would generate from the package alone, without certificates that were added to
    this system. A certificate that was removed from this system is not included."""
    names = [path for path in debian.paths("ca-certificates") if re.fullmatch(r"/usr/share/ca-certificates/.*\.crt", path)]
    names = list(filter(os.path.exists, names))
    if not names:
        raise debian.ImageError("the package ca-certificates has no certificates on this system")
    return b"".join(debian.verified_content(name, "ca-certificates").rstrip(b"\n") + b"\n" for name in sorted(names))


def _add_licences(root):
    """Adds the packages' copyright files, and the common licences that they refer to."""
    texts = b""
    for package in {file.owner for file in root.sorted()} - {PROGRAM}:
        root.add_from_system(f"/usr/share/doc/{package}/copyright")
    for file in root.sorted():
        if file.path.endswith("/copyright"):
            texts += file.content
    for name in sorted(set(re.findall(rb"/usr/share/common-licenses/[A-Za-z0-9.-]*[A-Za-z0-9]", texts))):
        root.add_from_system(name.decode())
    root.add_from_system("/usr/share/doc/base-files/copyright")


def _add_records(root):
    """Tells scanners which packages the files belong to, in the place where they look in images without a package manager."""
    root.add_from_system("/etc/os-release")
    for package in {file.owner for file in root.sorted()} - {PROGRAM}:
        root.add(File(f"/var/lib/dpkg/status.d/{package}", package, debian.record(package).encode()))


def collect(program, path_in_image, licence):
    """All files of the image, by their paths."""
    root = Root()
    interpreter, paths = libraries(program)
    root.add_from_system(interpreter, mode=0o755)
    for path in paths:
        # Like the interpreter, libc.so.6 can be executed; other libraries are only read.
        root.add_from_system(path, mode=0o755 if os.access(path, os.X_OK) else 0o644)
    for path in OPENSSL_FILES:
        root.add_from_system(path)
    root.add(File(BUNDLE, "ca-certificates", _certificates()))
    _add_licences(root)
    _add_records(root)
    for path, text in CONFIGURATION.items():
        root.add(File(path, PROGRAM, text.encode()))
    content = pathlib.Path(program).read_bytes()
    root.add(File(path_in_image, PROGRAM, content, mode=0o755, capability=PORTS_BELOW_1024))
    for path in OTHER_NAMES:
        root.add(File(path, PROGRAM, target=path_in_image, mode=0o777))
    root.add(File(f"/usr/share/doc/{PROGRAM}/copyright", PROGRAM, pathlib.Path(licence).read_bytes()))
    return root.sorted()
