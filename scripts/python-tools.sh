#!/usr/bin/env bash
# Prints the folder of the programs in requirements.txt, which it installs into a virtual environment in the user's
# cache folder if they are not there.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
venv=${XDG_CACHE_HOME:-$HOME/.cache}/pod-identity-webhook/venv

if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    # Debian's Python does not bring the module; others do.
    python3 -c 'import ensurepip, venv' 2>/dev/null || "$here/apt-install.sh" python3 python3-venv >&2
    rm -rf "$venv"
    mkdir -p "$(dirname "$venv")"
    python3 -m venv "$venv" >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
    # Last, so that an installation that broke off is made again.
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi
echo "$venv/bin"
