"""Writes an image as a tar archive of an OCI image layout. The same input always gives the same bytes: all times, owners and
orders are fixed."""

import gzip
import hashlib
import io
import json
import pathlib
import tarfile

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def to_json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _digest(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _folders(files):
    """The folders of the files, without the root."""
    return {str(folder) for file in files for folder in pathlib.PurePosixPath(file.path).parents} - {"/"}


def _member(path, kind, mode, size=0):
    member = tarfile.TarInfo(path.lstrip("/"))
    member.type, member.mode, member.size = kind, mode, size
    return member


def _tar(members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def layer(files):
    """The files as an uncompressed tar archive, each folder before its contents. Everything belongs to root."""
    members = {folder: (_member(folder, tarfile.DIRTYPE, 0o755), b"") for folder in _folders(files)}
    for file in files:
        if file.target is None:
            member = _member(file.path, tarfile.REGTYPE, file.mode, len(file.content))
            if file.capability:
                member.pax_headers["SCHILY.xattr.security.capability"] = file.capability.decode("ascii")
            members[file.path] = member, file.content
        else:
            link = _member(file.path, tarfile.SYMTYPE, file.mode)
            link.linkname = file.target
            members[file.path] = link, b""
    return _tar(members[path] for path in sorted(members))


class Layout:
    """An image layout with one image."""

    def __init__(self):
        self.blobs = {}

    def _add(self, content, media_type, **more):
        digest = _digest(content)
        self.blobs[digest] = content
        return {"mediaType": media_type, "digest": digest, "size": len(content), **more}

    def image(self, layers, configuration, *, architecture, created, annotations, name):
        """Adds an image with layers, each a pair of a comment and files, and returns its manifest's digest."""
        tars = [layer(files) for _, files in layers]
        config = {
            "architecture": architecture,
            "config": configuration,
            "created": created,
            "history": [{"created": created, "created_by": "make image", "comment": comment} for comment, _ in layers],
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [_digest(tar) for tar in tars]},
        }
        platform = {"architecture": architecture, "os": "linux"}
        if architecture == "arm64":
            config["variant"] = platform["variant"] = "v8"
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._add(to_json(config), CONFIG),
            "layers": [self._add(gzip.compress(tar, 9, mtime=0), LAYER) for tar in tars],
            "annotations": annotations,
        }
        described = self._add(
            to_json(manifest), MANIFEST, platform=platform, annotations={"org.opencontainers.image.ref.name": name}
        )
        self.index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [described]}
        return described["digest"]

    def archive(self):
        contents = {
            "oci-layout": to_json({"imageLayoutVersion": "1.0.0"}),
            "index.json": to_json(self.index),
            **{f"blobs/{digest.replace(':', '/')}": content for digest, content in self.blobs.items()},
        }
        members = {name: (_member(name, tarfile.DIRTYPE, 0o755), b"") for name in ("blobs", "blobs/sha256")}
        for name, content in contents.items():
            members[name] = _member(name, tarfile.REGTYPE, 0o644, len(content)), content
        return _tar(members[name] for name in sorted(members))
