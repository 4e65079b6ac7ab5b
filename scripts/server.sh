#!/usr/bin/env bash
# Source this file. It defines start_server, which starts the webhook with the example ServiceAccounts, without a cluster.
#
# $work is a temporary folder for the certificates, $port the webhook's port, $server its process ID.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
examples=deploy/examples
program=$(swift build -c release --show-bin-path)/pod-identity-webhook
work=$(mktemp -d)
server=

clean_up() {
    if [[ -n $server ]]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap clean_up EXIT

free_port() {
    local candidate
    for candidate in "$@"; do
        # A refused connection means that the port is free.
        (: <>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null || {
            echo "$candidate"
            return
        }
    done
    echo "no free port among $*" >&2
    return 1
}

port=$(free_port 8443 {18443..18543})
metrics_port=$(free_port 9999 {19999..20099})

start_server() {
    certs/make.sh -o "$work" localhost 127.0.0.1 >"$work/certificates.log"
    "$program" --in-cluster=false --tls-cert="$work/tls.crt" --tls-key="$work/tls.key" \
        --port="$port" --metrics-port="$metrics_port" --shutdown-delay=0s \
        --providers=aws,google,azure --azure-tenant-id=66666666-7777-8888-9999-000000000000 \
        --service-accounts="$examples/service-accounts.yaml" \
        --service-accounts="$examples/several-identities.yaml" &
    server=$!

    local attempt
    for attempt in {1..100}; do
        if ! kill -0 "$server" 2>/dev/null; then
            echo "the webhook exited before it was ready" >&2
            return 1
        fi
        if curl --silent --fail --output /dev/null "http://127.0.0.1:$metrics_port/readyz"; then
            return 0
        fi
        sleep 0.1
    done
    echo "the webhook was not ready after $((attempt / 10)) seconds" >&2
    return 1
}
