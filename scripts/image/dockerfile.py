"""Reads from the Dockerfile's last stage how the image is run, so that it stands in one place."""

import json
import pathlib
import shlex


def configuration(path):
    """The `config` of an OCI image: its user, entry point, ports and labels."""
    text = pathlib.Path(path).read_text().replace("\\\n", " ")
    config = {}
    for line in text.splitlines():
        instruction, _, value = line.partition(" ")
        if instruction == "FROM":
            config = {"WorkingDir": "/"}
        elif instruction == "USER":
            config["User"] = value.strip()
        elif instruction == "ENTRYPOINT":
            config["Entrypoint"] = json.loads(value)
        elif instruction == "EXPOSE":
            config["ExposedPorts"] = {f"{port}/tcp": {} for port in value.split()}
        elif instruction == "LABEL":
            config["Labels"] = dict(label.split("=", 1) for label in shlex.split(value))
    return config
