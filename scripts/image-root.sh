#!/usr/bin/env bash
# Tests the image without a container engine: makes the root file system of its last stage from the same packages, and
# runs the release build in it as the image's user, without anything that it can write to. It needs root.
set -euo pipefail

[[ $(id -u) -eq 0 ]] || exec sudo --preserve-env=PATH,HOME "$0"
# shellcheck source=scripts/server.sh
source "$(dirname "${BASH_SOURCE[0]}")/server.sh"
scripts/apt-install.sh mmdebstrap curl

mapfile -t packages <deploy/image-packages.txt
suite=$(sed -n 's/^FROM debian:\([a-z]*\)-.*/\1/p' Dockerfile)
user=$(sed -n 's/^USER //p' Dockerfile)
entrypoint=$(sed -n 's/^ENTRYPOINT \["\(.*\)"\]/\1/p' Dockerfile)

fail() {
    echo "image: $*" >&2
    exit 1
}

named=$(objdump -p "$program" | awk '$1 == "NEEDED" { print "*/" $2 }' | xargs dpkg -S | cut -d : -f 1 | sort -u)
[[ $named == "$(printf '%s\n' "${packages[@]}")" ]] ||
    fail "deploy/image-packages.txt must list the packages of the program's libraries:" "$named"

chmod 0711 "$work"
root=$work/root
mmdebstrap --quiet --variant=minbase --dpkgopt=force-unsafe-io --include="${packages[*]}" "$suite" "$root"
install -D --strip "$program" "$root$entrypoint"
mkdir -p "$root$work" "$root/$examples"

# From here on this wrapper is used instead of the program. Only its process sees the mounts.
export root work examples user entrypoint
program=$work/in-image
cat >"$program" <<'END'
#!/bin/sh -e
chown -R "$user" "$work"/tls.* 2>/dev/null || true
exec unshare --mount /bin/sh -ec '
    mount --bind "$root" "$root"
    mount --bind "$work" "$root$work"
    mount --bind "$examples" "$root/$examples"
    for folder in "$root" "$root$work" "$root/$examples"; do mount -o remount,bind,ro "$folder"; done
    mount -t proc proc "$root/proc"
    exec chroot --userspec="$user" "$root" env -i "$entrypoint" "$@"
' sh "$@"
END
chmod +x "$program"

version=$("$program" --version)
[[ $version == "$(sed -n 's/^appVersion: //p' deploy/helm/pod-identity-webhook/Chart.yaml)" ]] ||
    fail "the program's version is $version, but the chart has another"
grep -q "image.version=\"$version\"" Dockerfile || fail "the Dockerfile's label has another version than $version"

"$program" mutate -f "$examples/service-accounts.yaml" -f "$examples/pod.yaml" >"$work/mutated.yaml" 2>"$work/mutate.log"
grep -q 'arn:aws:iam::111122223333:role/reports' "$work/mutated.yaml" || fail "mutate did not give the pod its role"

start_server 2>"$work/server.log" || fail "$(cat "$work/server.log")"
[[ $(stat -c %u "/proc/$server") == "${user%:*}" ]] || fail "the server does not run as $user"
curl --silent --show-error --fail --output /dev/null --cacert "$work/ca.crt" "https://localhost:$port/readyz"
kill -TERM "$server"
wait "$server" || fail "the server did not end well: $(cat "$work/server.log")"
server=
echo "image: version $version, mutate and serve work in $suite with ${packages[*]}"
