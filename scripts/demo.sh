#!/usr/bin/env bash
# Shows how pods get their identities, without a cluster: sends the webhook the reviews that an API server would send for
# two example pods, applies the patches in its responses, and shows the differences.
set -euo pipefail

# shellcheck source=scripts/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"

start_server 2>"$work/server.log" || {
    cat "$work/server.log" >&2
    exit 1
}
color=never
[[ ! -t 1 && -z ${FORCE_COLOR:-} ]] || color=always

# Arguments: the review, the file with the pod's ServiceAccount, and the ServiceAccount's name.
show() {
    local review=$1 file=$2 account=$3
    curl --silent --show-error --fail --cacert "$work/ca.crt" --header 'Content-Type: application/json' \
        --data-binary "@$review" "https://localhost:$port/mutate?timeout=10s" >"$work/answer.json"

    jq -e '.response.allowed' "$work/answer.json" >/dev/null
    jq -e '.response.patch | @base64d | fromjson' "$work/answer.json" >"$work/patch.json"
    jq '.request.object' "$review" >"$work/before.json"
    jq -f scripts/apply-patch.jq --slurpfile patch "$work/patch.json" "$work/before.json" >"$work/after.json"
    local state
    for state in before after; do
        jq -r -f scripts/yaml.jq "$work/$state.json" >"$work/$state.yaml"
    done

    cat <<EOF

The ServiceAccount ($file):

$(sed -n "/name: $account\$/,\${/^---/q;p}" "$file")

A pod with this ServiceAccount, before (-) and after (+) the webhook answered the API server's
review over TLS with a patch of $(jq length "$work/patch.json") operations:

EOF
    # Status 1 means that the files differ, as they should.
    local status=0
    diff --color="$color" --unified=1000 "$work/before.yaml" "$work/after.yaml" >"$work/difference" || status=$?
    if [[ $status -ne 1 ]]; then
        echo "the pod did not change" >&2
        exit 1
    fi
    tail -n +4 "$work/difference" # skips the names of temporary files
}

show "$examples/review.json" "$examples/service-accounts.yaml" airflow-scheduler
echo
echo "A pod can have an AWS role, a Google service account and an Azure application at once."
show "$examples/review-several-identities.json" "$examples/several-identities.yaml" transfers
for variable in AWS_ROLE_ARN GOOGLE_APPLICATION_CREDENTIALS AZURE_CLIENT_ID; do
    jq -e --arg name "$variable" '[.spec.containers[0].env[].name] | index($name) != null' "$work/after.json" >/dev/null
done
cat <<EOF

Next: \`make run\` keeps the server running, \`make cluster\` runs a Kubernetes control plane with it, and
docs/install.md describes how to build the image and install it into your cluster.
EOF
