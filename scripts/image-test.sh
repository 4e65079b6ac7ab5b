#!/usr/bin/env bash
# Tests the image of the release build without a container engine: skopeo and umoci read its archive, and the program runs
# in the unpacked files as the image's user, on a read-only file system. It needs root.
set -euo pipefail

[[ $(id -u) -eq 0 ]] || exec sudo --preserve-env=PATH,HOME "$0"
# shellcheck source=scripts/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
scripts/apt-install.sh binutils ca-certificates curl iproute2 openssl python3 skopeo umoci util-linux
tools=$(scripts/python-tools.sh)

fail() {
    echo "image: $*" >&2
    exit 1
}

# The program
found=$(nm "$program" | grep -E 'icudt[0-9]+_dat|[$]s10Foundation[0-9]' | head -n 3) || true
[[ -z $found ]] || fail "the program contains all of Foundation, with ICU's data:" "$found"

# The archive: the same bytes whoever builds it, and readable by other tools
archive=$(python3 scripts/image)
document=${archive%.oci.tar}.spdx.json
cp "$archive" "$work/first.oci.tar"
cp "$document" "$work/first.spdx.json"
(umask 077 && LC_ALL=C TZ=Asia/Kolkata PYTHONHASHSEED=1 python3 scripts/image >/dev/null)
cmp "$archive" "$work/first.oci.tar" || fail "a second run gave a different archive"
cmp "$document" "$work/first.spdx.json" || fail "a second run gave a different document"
# This script runs as root, but whoever builds the image next must be able to replace the files.
chown --recursive --reference=. "$(dirname "$archive")"
"$tools/pyspdxtools" --infile "$document" || fail "the SPDX document is not valid"

skopeo inspect "oci-archive:$archive" >"$work/inspect.json"
skopeo inspect --config "oci-archive:$archive" >"$work/config.json"
skopeo copy --quiet "oci-archive:$archive" "oci:$work/layout:image"
push=$(sed -n "s|^\(skopeo copy .*\)docker://REGISTRY/[^:]*:|\1dir:$work/pushed-|p" README.md)
{ [[ -n $push ]] && bash -euc "${push//amd64/$(dpkg --print-architecture)}"; } ||
    fail "the command in README.md that pushes the image does not work: $push"
umoci unpack --image "$work/layout:image" "$work/bundle" >"$work/umoci.log" 2>&1 || fail "$(cat "$work/umoci.log")"
root=$work/bundle/rootfs
scripts/image/check.py "$archive" "$root"

! grep -qF "$PWD" "$root/usr/local/bin/pod-identity-webhook" || fail "the program contains the path of the build folder, $PWD"

config() { python3 -c "import json; print(json.load(open('$work/config.json'))$1)"; }
user=$(config "['config']['User']")
entrypoint=$(config "['config']['Entrypoint'][0]")
[[ $(config "['architecture']") == "$(dpkg --print-architecture)" ]] || fail "the image is for another architecture"

# From here on, this wrapper replaces the program. Only its process sees the mounts. A container runtime adds the mount
# points and the files for name resolution.
chmod 0711 "$work"
mkdir -p "$root$work" "$root/$examples" "$root/proc"
touch "$root/etc/hosts" "$root/etc/resolv.conf"
export root work examples user entrypoint bundle
program=$work/in-image
cat >"$program" <<'INNER'
#!/bin/sh -e
chown -R "$user" "$work"/tls.* 2>/dev/null || true
exec unshare --mount /bin/sh -ec '
    mount --bind "$root" "$root"
    mount --bind "$work" "$root$work"
    mount --bind "$examples" "$root/$examples"
    for folder in "$root" "$root$work" "$root/$examples"; do mount -o remount,bind,ro "$folder"; done
    for file in hosts resolv.conf; do [ ! -e "$work/$file" ] || mount --bind "$work/$file" "$root/etc/$file"; done
    [ -z "$bundle" ] || mount --bind "$bundle" "$root/etc/ssl/certs/ca-certificates.crt"
    mount -t proc proc "$root/proc"
    exec env -i "$(command -v chroot)" --userspec="$user" "$root" "$entrypoint" "$@"
' sh "$@"
INNER
chmod +x "$program"

version=$("$program" --version)
[[ $version == "$(sed -n 's/^appVersion: //p' deploy/helm/pod-identity-webhook/Chart.yaml)" ]] ||
    fail "the program's version is $version, but the chart's is different"
[[ $version == "$(config "['config']['Labels']['org.opencontainers.image.version']")" ]] ||
    fail "the version in the Dockerfile's label differs from $version"

"$program" mutate -f "$examples/service-accounts.yaml" -f "$examples/pod.yaml" >"$work/mutated.yaml" 2>"$work/mutate.log"
grep -q 'arn:aws:iam::111122223333:role/reports' "$work/mutated.yaml" || fail "mutate did not assign the pod its role"

start_server 2>"$work/server.log" || fail "$(cat "$work/server.log")"
commit=$(git describe --always --abbrev=12 --exclude='*' --dirty 2>/dev/null || true)
[[ -z $commit ]] || grep -q "starting .* commit=$commit" "$work/server.log" ||
    fail "the log does not name the commit $commit: $(cat "$work/server.log")"
[[ $(stat -c %u "/proc/$server") == "${user%:*}" ]] || fail "the server does not run as $user"
curl --silent --show-error --fail --output /dev/null --cacert "$work/ca.crt" "https://localhost:$port/readyz"

# As a client: /etc/hosts and DNS resolve names, and a server is trusted if its CA is in the bundle. The server is the
# webhook, which does not have the paths of an API server.
scripts/image/name_server.py 127.0.0.153 &
name_server=$!
trap 'kill "$name_server" 2>/dev/null || true; clean_up' EXIT
echo 'nameserver 127.0.0.153' >"$work/resolv.conf"
echo '127.0.0.1 listed.image.test' >"$work/hosts"
chmod 0644 "$work/ca.crt"
doctor() {
    cat >"$work/kubeconfig" <<INNER
{apiVersion: v1, kind: Config, current-context: test, users: [{name: test, user: {token: test}}],
contexts: [{name: test, context: {cluster: test, user: test}}],
clusters: [{name: test, cluster: {server: 'https://$1:$port', tls-server-name: localhost}}]}
INNER
    chmod 0644 "$work/kubeconfig"
    "$program" doctor --kubeconfig "$work/kubeconfig" 2>&1 || true
}
for name in listed.image.test served.image.test; do
    bundle=$work/ca.crt doctor "$name" >"$work/doctor.log"
    grep -q 'does not answer like a Kubernetes API server' "$work/doctor.log" || fail "$name: $(cat "$work/doctor.log")"
    doctor "$name" >"$work/doctor.log"
    grep -q 'unable to get local issuer certificate' "$work/doctor.log" || fail "$name: $(cat "$work/doctor.log")"
done

entrypoint=/usr/bin/sleep "$program" 0.1 || fail "the image has no sleep for the chart's preStop"

# Manifests of the EKS webhook start it like this: under its other names, on the default port 443, which is privileged in this
# network. If the capability is dropped, it still starts, and says what is not permitted.
cat >"$work/on-443" <<'INNER'
#!/bin/bash -e
ip link set lo up
"$@" "$program" --in-cluster=false --tls-cert="$work/tls.crt" --tls-key="$work/tls.key" --shutdown-delay=0s \
    --service-accounts="$examples/service-accounts.yaml" &
until curl --silent --fail --output /dev/null http://127.0.0.1:9999/readyz; do
    kill -0 "$!" 2>/dev/null || wait "$!"
    sleep 0.1
done
curl --silent --show-error --fail --output /dev/null --cacert "$work/ca.crt" https://localhost/healthz
kill -TERM "$!"
wait "$!"
INNER
chmod +x "$work/on-443"
export program
for name in /webhook /usr/bin/aws-pod-identity-webhook; do
    log=$(entrypoint=$name unshare --net "$work/on-443" 2>&1) || fail "$name does not serve on port 443: $log"
    log=$(entrypoint=$name unshare --net "$work/on-443" setpriv --bounding-set=-net_bind_service 2>&1) &&
        fail "$name does not need its capability: $log"
    grep -q 'cannot listen on port 443: .*--port' <<<"$log" || fail "$name without its capability: $log"
done

kill -TERM "$server"
wait "$server" || fail "the server did not stop cleanly: $(cat "$work/server.log")"
server=
echo "image: version $version, $(stat -c %s "$archive") bytes; mutate, serve and doctor work in it, under each of its names"
