#!/usr/bin/env bash
# Shows how a pod gets its role, without a cluster: sends the webhook the review that an API server would send for an
# example pod, applies the patch in its answer, and shows the difference.
set -euo pipefail

# shellcheck source=scripts/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"

start_server 2>"$work/server.log" || {
    cat "$work/server.log" >&2
    exit 1
}
review=$examples/review.json
curl --silent --show-error --fail --cacert "$work/ca.crt" --header 'Content-Type: application/json' \
    --data-binary "@$review" "https://localhost:$port/mutate?timeout=10s" >"$work/answer.json"

jq -e '.response.allowed' "$work/answer.json" >/dev/null
jq -e '.response.patch | @base64d | fromjson' "$work/answer.json" >"$work/patch.json"
jq '.request.object' "$review" >"$work/before.json"
jq -f scripts/apply-patch.jq --slurpfile patch "$work/patch.json" "$work/before.json" >"$work/after.json"
for state in before after; do
    jq -r -f scripts/yaml.jq "$work/$state.json" >"$work/$state.yaml"
done

color=never
[[ ! -t 1 && -z ${FORCE_COLOR:-} ]] || color=always
cat <<EOF

The ServiceAccount ($examples/service-accounts.yaml):

$(sed -n '/name: airflow-scheduler/,/role-arn/p' "$examples/service-accounts.yaml")

A pod with this ServiceAccount, before (-) and after (+) the webhook answered the API server's
review over TLS with a patch of $(jq length "$work/patch.json") operations:

EOF
# Status 1 means that the files differ, as they must.
status=0
diff --color="$color" --unified=1000 "$work/before.yaml" "$work/after.yaml" >"$work/difference" || status=$?
if [[ $status -ne 1 ]]; then
    echo "the pod did not change" >&2
    exit 1
fi
tail -n +4 "$work/difference" # skips the names of temporary files
cat <<EOF

Next: \`make run\` keeps the server running, \`make cluster\` runs a Kubernetes control plane with it,
and docs/install.md says how to install it into your cluster.
EOF
