#!/usr/bin/env bash
# Leaves the demo's webhook running in the foreground, until Ctrl-C.
set -euo pipefail

# shellcheck source=scripts/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"

start_server
cat <<EOF

The webhook knows the ServiceAccounts of $examples/service-accounts.yaml; edit the file and it reads it again. Try, elsewhere:

  curl --cacert $work/ca.crt -H 'Content-Type: application/json' \\
      --data-binary @$PWD/$examples/review.json https://localhost:$port/mutate | jq '.response.patch | @base64d | fromjson'
  curl http://localhost:$metrics_port/readyz

Ctrl-C ends it.
EOF
trap 'kill -TERM "$server" 2>/dev/null || true' INT TERM
# A trapped signal ends a wait early; the second one is for the server's own end.
wait "$server" || wait "$server" || true
