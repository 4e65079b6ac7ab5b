#!/usr/bin/env python3
"""Compares the files of an unpacked image with the SPDX document next to its archive, and looks for what no image may contain.

usage: check.py ARCHIVE FOLDER
"""

import hashlib
import json
import os
import pathlib
import re
import stat
import sys
import tarfile

ARCHIVE_LIMIT = 16 * 1024 * 1024
PROGRAM_LIMIT = 20 * 1024 * 1024
PROGRAM = "/usr/local/bin/pod-identity-webhook"
# CAP_NET_BIND_SERVICE, permitted but not effective.
CAPABILITY = "0000000200040000000000000000000000000000"
LOADER = re.compile(r"/ld-linux[^/]*\.so\.\d+$|/libc\.so\.6$")


def files_of(folder):
    return {"/" + str(path.relative_to(folder)): path for path in sorted(folder.rglob("*"))}


def capability(path):
    try:
        return os.getxattr(path, "security.capability").hex()
    except OSError:
        return ""


def check_tree(folder):
    """Yields problems with the types, modes and owners of an image's files."""
    for name, path in files_of(folder).items():
        status = path.lstat()
        kind, mode = stat.S_IFMT(status.st_mode), stat.S_IMODE(status.st_mode)
        if (status.st_uid, status.st_gid) != (0, 0):
            yield f"{name} belongs to {status.st_uid}:{status.st_gid}"
        if status.st_mtime != 0 and kind == stat.S_IFREG:
            yield f"{name} has the modification time {status.st_mtime}"
        if kind == stat.S_IFLNK:
            target = path.readlink()
            resolved = folder / str(target).lstrip("/") if target.is_absolute() else path.parent / target
            if not resolved.exists():
                yield f"{name} is a link to {target}, which does not exist"
        elif kind not in (stat.S_IFREG, stat.S_IFDIR):
            yield f"{name} is neither a file nor a folder"
        elif mode & (stat.S_ISUID | stat.S_ISGID | stat.S_ISVTX | stat.S_IWGRP | stat.S_IWOTH):
            yield f"{name} has the mode {mode:o}"
        elif kind == stat.S_IFREG and path.read_bytes()[:2] == b"#!":
            yield f"{name} is a script"
        elif kind == stat.S_IFREG and capability(path) != (CAPABILITY if name == PROGRAM else ""):
            yield f"{name} has the capability {capability(path)}"
        elif kind == stat.S_IFREG and mode & 0o111 and name != PROGRAM and not LOADER.search(name):
            yield f"{name} is executable"


def check_document(folder, document):
    """Yields where the document does not match the image."""
    described = {
        file["fileName"].removeprefix("."): {sum["algorithm"]: sum["checksumValue"] for sum in file["checksums"]}
        for file in document["files"]
    }
    found = {name: path for name, path in files_of(folder).items() if path.is_file() and not path.is_symlink()}
    for name in found.keys() ^ described.keys():
        yield f"{name} is only in the {'image' if name in found else 'document'}"
    for name in found.keys() & described.keys():
        if hashlib.sha256(found[name].read_bytes()).hexdigest() != described[name]["SHA256"]:
            yield f"{name} has a different checksum in the document"

    identifiers = [element["SPDXID"] for element in document["files"] + document["packages"]]
    if len(set(identifiers)) != len(identifiers):
        yield "the document contains an identifier twice"
    contained = {
        relationship["relatedSpdxElement"]
        for relationship in document["relationships"] if relationship["relationshipType"] == "CONTAINS"
    }
    for file in document["files"]:
        if file["SPDXID"] not in contained:
            yield f"{file['fileName']} does not belong to any package"
    for package in document["packages"]:
        if not package["versionInfo"] or not package["externalRefs"]:
            yield f"{package['name']} has no version or no package URL"


def check_archive(archive, folder):
    """Yields sizes that are too large, and blobs of the archive whose digest is wrong."""
    size = archive.stat().st_size
    if size > ARCHIVE_LIMIT:
        yield f"{archive.name} has {size} bytes, more than {ARCHIVE_LIMIT}"
    program = (folder / PROGRAM.lstrip("/")).stat().st_size
    if program > PROGRAM_LIMIT:
        yield f"the program has {program} bytes, more than {PROGRAM_LIMIT}"
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            if member.name.startswith("blobs/sha256/") and member.isfile():
                if hashlib.sha256(tar.extractfile(member).read()).hexdigest() != member.name.rpartition("/")[2]:
                    yield f"{member.name} has a different digest"


def main():
    archive, folder = map(pathlib.Path, sys.argv[1:])
    document = json.loads(archive.with_name(archive.name.replace(".oci.tar", ".spdx.json")).read_text())
    problems = [*check_archive(archive, folder), *check_tree(folder), *check_document(folder, document)]
    if problems:
        sys.exit("image: " + "\nimage: ".join(problems))


if __name__ == "__main__":
    main()
