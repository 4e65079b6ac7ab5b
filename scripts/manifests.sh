#!/usr/bin/env bash
# Renders deploy/pod-identity-webhook.yaml from the chart, and writes the chart's README from its values. With --check, it only
# compares the manifest with what the chart renders.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
chart=deploy/helm/pod-identity-webhook
manifest=deploy/pod-identity-webhook.yaml
tools=$(scripts/python-tools.sh)

# Objects that are applied with kubectl must not be labelled as managed by Helm.
render() {
    echo "# Rendered from $chart by \`make manifests\`."
    "$tools/python" scripts/helm.py template pod-identity-webhook "$chart" --set namespace.create=true |
        sed -E '/^ +(helm.sh\/chart|app.kubernetes.io\/managed-by): /d'
}

rendered=$(render)
if [[ ${1:-} != --check ]]; then
    echo "$rendered" >"$manifest"
    "$tools/python" scripts/chart --write
elif ! diff -u "$manifest" - <<<"$rendered" >&2; then
    echo "manifests: $manifest is not what the chart renders; run \`make manifests\`" >&2
    exit 1
fi
