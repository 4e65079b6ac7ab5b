#!/usr/bin/env bash
# Prints the folder of the programs in requirements.txt, after installing them, if necessary, into a virtual environment in
# the user's cache folder. With a name as argument, such as cloud-sdks, it uses requirements-NAME.txt. Each version of such
# a file has its own environment.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
requirements=$here/requirements${1:+-$1}.txt
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pod-identity-webhook
venv=$cache/venv-$(sha256sum "$requirements" | cut -c 1-12)

mkdir -p "$cache"
exec 9>"$venv.lock"
flock 9
if [[ ! -e $venv/complete ]]; then
    # On Debian, these modules are not part of Python's package.
    python3 -c 'import ensurepip, venv' 2>/dev/null || "$here/apt-install.sh" python3 python3-venv >&2
    rm -rf "$venv"
    python3 -m venv "$venv" >&2
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements" >&2
    # This comes last, so that an interrupted installation is repeated.
    touch "$venv/complete"
fi
echo "$venv/bin"
