"""Describes an image as an SPDX 2.3 document: its packages, the Swift packages in the program, and its files."""

import hashlib
import re
import urllib.parse
import uuid

import debian
from root_files import PROGRAM

IMAGE, BINARY = "SPDXRef-Image", "SPDXRef-Program"
UNKNOWN = "NOASSERTION"


def _identifier(kind, name):
    return f"SPDXRef-{kind}-{re.sub('[^A-Za-z0-9.-]', '-', name)}"


def _package(identifier, name, version, licence, purl, **more):
    return {
        "SPDXID": identifier,
        "name": name,
        "versionInfo": version,
        "licenseDeclared": licence,
        "licenseConcluded": UNKNOWN,
        "copyrightText": UNKNOWN,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": False,
        "externalRefs": [
            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl}
        ],
        **more,
    }


def _debian_package(name, licence):
    release = debian.release()
    qualifiers = {
        "arch": debian.field(name, "Architecture"),
        "distro": f"{release['ID']}-{release['VERSION_ID']}",
        "upstream": debian.field(name, "source:Package"),
    }
    version = debian.field(name, "Version")
    quoted = [urllib.parse.quote(part, safe="~:") for part in (name, version)]
    return _package(
        _identifier("Debian", name), name, version, licence,
        f"pkg:deb/{release['ID']}/{quoted[0]}@{quoted[1]}?{urllib.parse.urlencode(qualifiers)}",
        supplier=f"Organization: {release['NAME']}",
        primaryPackagePurpose="LIBRARY" if name.startswith("lib") else "OTHER",
        licenseComments=f"The terms are in /usr/share/doc/{name}/copyright.",
    )


def _swift_package(package):
    host, organization, _ = package.address.split("/")
    del host
    return _package(
        _identifier("Swift", package.name), package.name, package.version, package.licence,
        f"pkg:swift/{package.address}@{package.version}",
        supplier=f"Organization: {organization}",
        primaryPackagePurpose="LIBRARY",
        downloadLocation=f"git+{package.repository}@{package.revision or f'swift-{package.version}-RELEASE'}",
    )


def _file(file):
    sums = {"SHA1": hashlib.sha1(file.content, usedforsecurity=False), "SHA256": hashlib.sha256(file.content)}
    return {
        "SPDXID": _identifier("File", file.path.lstrip("/").replace("+", "plus").replace("_", "-")),
        "fileName": f".{file.path}",
        "checksums": [{"algorithm": name, "checksumValue": value.hexdigest()} for name, value in sums.items()],
        "copyrightText": UNKNOWN,
        "licenseConcluded": UNKNOWN,
    }


def _analyse(package, files):
    """Lists which of a package's files the image contains. SPDX 2.3, clause 7.9 defines their verification code."""
    sums = sorted(hashlib.sha1(file.content, usedforsecurity=False).hexdigest() for file in files)
    code = hashlib.sha1("".join(sums).encode(), usedforsecurity=False).hexdigest()
    package["filesAnalyzed"] = True
    package["packageVerificationCode"] = {"packageVerificationCodeValue": code}
    package["licenseInfoFromFiles"] = [UNKNOWN]


def document(files, *, version, architecture, digest, created, licences, linked):
    """The document about an image with these files, in the given order."""
    image = _package(
        IMAGE, f"{PROGRAM}-image", version, UNKNOWN,
        f"pkg:oci/{PROGRAM}@{urllib.parse.quote(digest, safe='')}?arch={architecture}&tag={version}",
        primaryPackagePurpose="CONTAINER",
        checksums=[{"algorithm": "SHA256", "checksumValue": digest.partition(":")[2]}],
    )
    binary = _package(
        BINARY, PROGRAM, version, "Apache-2.0", f"pkg:generic/{PROGRAM}@{version}", primaryPackagePurpose="APPLICATION"
    )
    system = {name: _debian_package(name, licences[name]) for name in sorted({file.owner for file in files} - {PROGRAM})}
    swift = [_swift_package(package) for package in linked]
    owners = {PROGRAM: binary, **system}

    relationships = [("SPDXRef-DOCUMENT", "DESCRIBES", IMAGE)]
    relationships += [(IMAGE, "CONTAINS", package["SPDXID"]) for package in owners.values()]
    relationships += [(BINARY, "STATIC_LINK", package["SPDXID"]) for package in swift]
    described = []
    for name, package in owners.items():
        own = [file for file in files if file.owner == name and file.target is None]
        _analyse(package, own)
        described += [_file(file) for file in own]
        relationships += [(package["SPDXID"], "CONTAINS", entry["SPDXID"]) for entry in described[-len(own):]]
        if any(re.search(r"/lib/.*\.so", file.path) for file in own):
            relationships.append((BINARY, "DYNAMIC_LINK", package["SPDXID"]))

    name = f"{PROGRAM}-{version}-{architecture}"
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"https://spdx.org/spdxdocs/{name}-{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "creationInfo": {"created": created, "creators": [f"Tool: {PROGRAM}-make-image-{version}"]},
        "packages": [image, *owners.values(), *swift],
        "files": described,
        "relationships": [
            {"spdxElementId": first, "relationshipType": kind, "relatedSpdxElement": second}
            for first, kind, second in relationships
        ],
    }
