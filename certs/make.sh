#!/usr/bin/env bash
# Makes a CA and a serving certificate (ECDSA P-256) for the given names with the openssl command.
set -euo pipefail

usage() {
    cat >&2 <<EOF
usage: certs/make.sh [-o DIR] [-d DAYS] NAME...

  NAME  a DNS name or an IP address that the webhook is reached by
  -o    the folder to write to (default: certs/out)
  -d    how many days the serving certificate is valid (default: 365)

Writes ca.crt, ca.key, tls.crt and tls.key. If DIR already has a CA, it is used again.
EOF
    exit 2
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$here/out
days=365
while getopts o:d:h option; do
    case $option in
    o) out=$OPTARG ;;
    d) days=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[[ $# -gt 0 ]] || usage

umask 077
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

quietly() {
    "$@" >"$work/log" 2>&1 || {
        cat "$work/log" >&2
        exit 1
    }
}

new_key() { quietly openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

alternative_names() {
    local separator='' kind name
    for name in "$@"; do
        kind=DNS
        [[ ! $name =~ ^[0-9.]+$ && $name != *:* ]] || kind=IP
        printf '%s%s:%s' "$separator" "$kind" "$name"
        separator=,
    done
}

cat >"$work/openssl.cnf" <<EOF
[req]
distinguished_name = subject
[subject]
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $(alternative_names "$@")
EOF

if [[ ! -f $out/ca.crt || ! -f $out/ca.key ]]; then
    new_key "$out/ca.key"
    quietly openssl req -config "$work/openssl.cnf" -x509 -new -key "$out/ca.key" -sha256 -days 3650 \
        -subj "/CN=pod-identity-webhook-ca" -extensions authority -out "$out/ca.crt"
fi

# The pair gets its final names only when it is complete.
new_key "$work/tls.key"
quietly openssl req -config "$work/openssl.cnf" -new -key "$work/tls.key" -subj "/CN=pod-identity-webhook" \
    -out "$work/tls.csr"
quietly openssl x509 -req -in "$work/tls.csr" -CA "$out/ca.crt" -CAkey "$out/ca.key" \
    -set_serial "0x$(openssl rand -hex 16)" -sha256 -days "$days" \
    -extfile "$work/openssl.cnf" -extensions server -out "$work/tls.crt"
quietly openssl verify -CAfile "$out/ca.crt" "$work/tls.crt"
mv "$work/tls.key" "$work/tls.crt" "$out/"
chmod 0644 "$out/ca.crt" "$out/tls.crt"

cat <<EOF
In $out: the CA (ca.crt, ca.key) and the serving certificate (tls.crt, tls.key) for $*

Outside a cluster, start the webhook with
  --in-cluster=false --tls-cert=$out/tls.crt --tls-key=$out/tls.key

In a cluster, put the pair into the Secret that the chart mounts with certificates.mode=files
  kubectl -n pod-identity-webhook create secret tls pod-identity-webhook --cert=$out/tls.crt --key=$out/tls.key
and tell the API server which CA to trust
  certs/register.sh pod-identity-webhook $out/ca.crt
EOF
