#!/usr/bin/env bash
# Prints the path of promtool. It is extracted once from Debian's package of Prometheus, and kept in the user's cache folder.
# The package is not installed, because it would start a server.
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/pod-identity-webhook
program=$cache/promtool
if [[ ! -x $program ]]; then
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    # Private package lists are used, because the machine's may be old or missing.
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    private_apt() { (cd "$work" && apt-get -qq -o Dir::State::Lists="$work/lists" \
        -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@" >&2); }
    private_apt update
    private_apt download prometheus
    dpkg -x "$work"/prometheus_*.deb "$work"
    mkdir -p "$cache"
    install "$work/usr/bin/promtool" "$program"
fi
echo "$program"
