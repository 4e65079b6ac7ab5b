"""Finds what is statically linked into the program: the Swift packages that it was built from, and Swift's own libraries."""

import json
import re
import subprocess
from typing import NamedTuple, Optional

from debian import ImageError
from root_files import PROGRAM, File

# The libraries of the toolchain whose code is in a program that links them statically. Each has its own repository, with the
# same tags.
TOOLCHAIN = ["swift", "swift-corelibs-libdispatch", "swift-foundation"]


class SwiftPackage(NamedTuple):
    name: str
    version: str
    revision: Optional[str]
    repository: str
    licence: str

    @property
    def address(self):
        """Host, owner and name, without a scheme, such as github.com/apple/swift-nio."""
        return re.sub(r"^https://|\.git$", "", self.repository)


def _linked(products):
    """The names of the checkouts that the program's object files were compiled from."""
    objects = (products / f"{PROGRAM}.product/Objects.LinkFileList").read_text()
    names = set()
    for target in set(re.findall(r"/([^/]+\.build)/", objects)):
        sources = products / target / "sources"
        # Targets in C have no such file, but each package has targets in Swift.
        if sources.exists():
            names.update(re.findall(r"/\.build/checkouts/([^/]+)/", sources.read_text()))
    if not names:
        raise ImageError(f"{products} does not say which packages the program was built from")
    return names


def _licence(checkout):
    text = next(iter(checkout.glob("LICENSE*"))).read_text()
    if "Apache License" not in text:
        raise ImageError(f"{checkout} is not under the Apache licence: add its licence to scripts/image/swift_packages.py")
    return "Apache-2.0 WITH Swift-exception" if "Runtime Library Exception" in text else "Apache-2.0"


def dependencies(root, products):
    """The resolved packages whose code is in the program, with their versions and revisions."""
    linked = _linked(products)
    pins = json.loads((root / "Package.resolved").read_text())["pins"]
    missing = linked - {pin["identity"] for pin in pins}
    if missing:
        raise ImageError(f"Package.resolved does not name {', '.join(sorted(missing))}")
    return [
        SwiftPackage(
            pin["identity"], pin["state"]["version"], pin["state"]["revision"], pin["location"],
            _licence(root / ".build/checkouts" / pin["identity"]),
        )
        for pin in pins if pin["identity"] in linked
    ]


def notices(root, packages):
    """The packages' licences and notices, which the Apache licence requires to be included."""
    files = []
    for package in packages:
        for path in (root / ".build/checkouts" / package.name).iterdir():
            if re.match("(LICENSE|NOTICE)", path.name):
                place = f"/usr/share/doc/{PROGRAM}/{package.name}/{path.name}"
                files.append(File(place, PROGRAM, path.read_bytes()))
    return files


def toolchain():
    """The toolchain's own libraries."""
    text = subprocess.run(["swift", "--version"], check=True, capture_output=True, text=True).stdout
    version = re.search(r"Swift version (\S+)", text)[1]
    return [
        SwiftPackage(name, version, None, f"https://github.com/swiftlang/{name}.git", "Apache-2.0 WITH Swift-exception")
        for name in TOOLCHAIN
    ]
