"""Reads the image's configuration from the Dockerfile's last stage, so that it is defined in one place."""

import json
import pathlib
import shlex

from debian import ImageError


# Instructions about the image's contents rather than its configuration.
IGNORED = {"COPY"}


def configuration(path):
    """The `config` of an OCI image: its user, entry point, ports and labels."""
    text = pathlib.Path(path).read_text().replace("\\\n", " ")
    config = {}
    for line in text.splitlines():
        instruction, _, value = line.partition(" ")
        if instruction == "FROM":
            # Only the last stage defines the image.
            config = {"WorkingDir": "/"} if value == "scratch" else {}
        elif instruction == "USER":
            config["User"] = value.strip()
        elif instruction == "ENTRYPOINT":
            config["Entrypoint"] = json.loads(value)
        elif instruction == "EXPOSE":
            config["ExposedPorts"] = {f"{port}/tcp": {} for port in value.split()}
        elif instruction == "LABEL":
            config["Labels"] = dict(label.split("=", 1) for label in shlex.split(value))
        elif config and instruction and not instruction.startswith("#") and instruction not in IGNORED:
            raise ImageError(f"{path}: {instruction} in the last stage is not supported by make image")
    return config
