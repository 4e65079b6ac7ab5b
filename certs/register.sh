#!/usr/bin/env bash
# Writes a CA into all entries of a MutatingWebhookConfiguration with kubectl.
set -euo pipefail

if [[ $# -ne 2 ]]; then
    echo "usage: certs/register.sh CONFIGURATION CA.crt" >&2
    exit 2
fi
configuration=$1
bundle=$(base64 <"$2" | tr -d '\n')

names=$(kubectl get mutatingwebhookconfiguration "$configuration" -o jsonpath='{.webhooks[*].name}')
operations=
number=0
for _ in $names; do
    operations+=',{"op": "add", "path": "/webhooks/'$number'/clientConfig/caBundle", "value": "'$bundle'"}'
    number=$((number + 1))
done
kubectl patch mutatingwebhookconfiguration "$configuration" --type=json --patch "[${operations#,}]"
