"""Builds the image of the release build, without a container engine and without root: see docs/install.md.

Without arguments, it writes an OCI archive and an SPDX document into .build/image. With a folder, it writes the files of
each layer into that folder, for the Dockerfile.
"""

import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import debian
import dockerfile
import oci
import root_files
import spdx
import swift_packages

ROOT = pathlib.Path(__file__).resolve().parents[2]
LAYERS = {"system": "the libraries and certificates of Debian's packages", "program": "the program"}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()


def revision():
    """The checked-out commit and its time in seconds; no commit if this is not a checkout or has changes."""
    try:
        if output("git", "status", "--porcelain"):
            return None, 0
        commit, time = output("git", "log", "-1", "--format=%H %ct").split()
        return commit, int(time)
    except (OSError, subprocess.CalledProcessError):
        return None, 0


def layers(files):
    """The files by layer: those that change with each version are separate from the others."""
    program = [
        file for file in files
        if file.owner == root_files.PROGRAM
        and (f"/{root_files.PROGRAM}" in file.path or file.path in root_files.OTHER_NAMES)
    ]
    return {"system": [file for file in files if file not in program], "program": program}


def write_folders(folder, files):
    for name, part in layers(files).items():
        for file in part:
            path = folder / name / file.path.lstrip("/")
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            if file.target is None:
                path.write_bytes(file.content)
                path.chmod(file.mode)
                if file.capability:
                    os.setxattr(path, "security.capability", file.capability)
            else:
                path.symlink_to(file.target)


def write_archive(files, config, licences, linked):
    """Writes the archive and the document, and returns the archive's path."""
    commit, committed = revision()
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", committed))
    created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    version = config["Labels"]["org.opencontainers.image.version"]
    if commit is not None:
        config["Labels"]["org.opencontainers.image.revision"] = commit

    architecture = debian.architecture()
    layout = oci.Layout()
    digest = layout.image(
        [(LAYERS[name], part) for name, part in layers(files).items()],
        config,
        architecture=architecture,
        created=created,
        annotations=config["Labels"],
        name=version,
    )
    document = spdx.document(
        files,
        version=version,
        architecture=architecture,
        digest=digest,
        created=created,
        licences=licences,
        linked=linked,
    )
    folder = ROOT / ".build/image"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{root_files.PROGRAM}-{version}-{architecture}.oci.tar"
    path.write_bytes(layout.archive())
    path.with_name(path.name.replace(".oci.tar", ".spdx.json")).write_text(json.dumps(document, indent=1) + "\n")
    return path


def main():
    parser = argparse.ArgumentParser(prog="scripts/image", description=__doc__)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, help="write the layers' files into this folder instead")
    folder = parser.parse_args().folder

    products = ROOT / ".build/release"
    config = dockerfile.configuration(ROOT / "Dockerfile")
    licences = debian.licences(ROOT / "deploy/image-packages.txt")
    dependencies = swift_packages.dependencies(ROOT, products)
    with tempfile.TemporaryDirectory() as work:
        stripped = pathlib.Path(work, "program")
        output("strip", "--strip-all", "-o", str(stripped), str(products / root_files.PROGRAM))
        files = root_files.collect(stripped, config["Entrypoint"][0], ROOT / "LICENSE")
    files = sorted(files + swift_packages.notices(ROOT, dependencies))

    packages = {file.owner for file in files} - {root_files.PROGRAM}
    if packages != set(licences):
        raise debian.ImageError(
            "deploy/image-packages.txt must name these packages, with their licences: " + " ".join(sorted(packages))
        )
    if folder is not None:
        write_folders(folder, files)
        return
    print(write_archive(files, config, licences, dependencies + swift_packages.toolchain()))


if __name__ == "__main__":
    try:
        main()
    except debian.ImageError as error:
        sys.exit(f"image: {error}")
