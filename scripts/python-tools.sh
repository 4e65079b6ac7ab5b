#!/usr/bin/env bash
# Prints the folder of the programs in requirements.txt, which it installs into a virtual environment in the user's
# cache folder if they are not there. Each list of requirements has an environment of its own.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pod-identity-webhook
venv=$cache/venv-$(sha256sum "$here/requirements.txt" | cut -c 1-12)

mkdir -p "$cache"
exec 9>"$venv.lock"
flock 9
if [[ ! -e $venv/complete ]]; then
    # Debian's Python does not bring the module; others do.
    python3 -c 'import ensurepip, venv' 2>/dev/null || "$here/apt-install.sh" python3 python3-venv >&2
    rm -rf "$venv"
    python3 -m venv "$venv" >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
    # Last, so that an installation that broke off is made again.
    touch "$venv/complete"
fi
echo "$venv/bin"
