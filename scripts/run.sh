#!/usr/bin/env bash
# Runs the webhook with the example ServiceAccounts in the foreground until Ctrl-C.
set -euo pipefail

# shellcheck source=scripts/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"

start_server
cat <<EOF

The webhook has read the ServiceAccounts in $examples/service-accounts.yaml and several-identities.yaml, and
reads these files again when you edit them. In another terminal, try:

  curl --cacert $work/ca.crt -H 'Content-Type: application/json' \\
      --data-binary @$PWD/$examples/review.json https://localhost:$port/mutate | jq '.response.patch | @base64d | fromjson'
  curl http://localhost:$metrics_port/readyz

Ctrl-C stops it.
EOF
trap 'kill -TERM "$server" 2>/dev/null || true' INT TERM
# A trapped signal ends the first wait early; the second one waits until the server has stopped.
wait "$server" || wait "$server" || true
