#!/usr/bin/env bash
# Prints the folder of etcd, kube-apiserver, kube-controller-manager and kubectl for the end-to-end tests. This is
# KUBEBUILDER_ASSETS if it is set. Otherwise these programs, and kube-scheduler, which one test needs, are built once from
# Debian's source package `kubernetes`, and kept in the user's cache folder.
set -euo pipefail

programs=(etcd kube-apiserver kube-controller-manager kubectl)

complete() {
    local program
    for program in "${programs[@]}"; do
        [[ -x $1/$program ]] || return 1
    done
}

if [[ -n ${KUBEBUILDER_ASSETS:-} ]]; then
    if ! complete "$KUBEBUILDER_ASSETS"; then
        echo "control-plane: KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS does not contain all of: ${programs[*]}" >&2
        exit 1
    fi
    echo "$KUBEBUILDER_ASSETS"
    exit 0
fi

cache=${XDG_CACHE_HOME:-$HOME/.cache}/pod-identity-webhook
assets=$cache/control-plane-1.20
built=(kube-apiserver kube-controller-manager kube-scheduler)
if complete "$assets" && [[ -x $assets/kube-scheduler ]]; then
    echo "$assets"
    exit 0
fi

say() { echo "control-plane: $*" >&2; }

work=$cache/build
rm -rf "$work"
mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial" "$work/packages" "$assets"

"$(dirname "$0")/apt-install.sh" golang-go golang-github-modern-go-reflect2-dev rsync make dpkg-dev >&2

# A private list of sources leaves the machine's apt configuration unchanged.
apt-get indextargets --format "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] \$(REPO_URI) \$(RELEASE) \$(COMPONENT)" \
    'Created-By: Packages' 'Origin: Debian' | sort -u >"$work/apt/sources.list"
private_apt() {
    apt-get -qq \
        -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=- \
        -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" \
        -o APT::Sandbox::User=root "$@" >&2
}

say "downloading the source of Kubernetes and the packages of etcd and kubectl"
private_apt update
(cd "$work" && private_apt source --only-source kubernetes)
(cd "$work/packages" && apt-get -qq -o APT::Sandbox::User=root download etcd-server kubernetes-client >&2)
for package in "$work"/packages/*.deb; do
    dpkg -x "$package" "$work/packages/unpacked"
done

gopath=$work/gopath
tree=$gopath/src/k8s.io/kubernetes
mkdir -p "$gopath/src/k8s.io"
mv "$work"/kubernetes-*/ "$tree"

# The vendored reflect2 crashes with Go 1.18 and later; Debian's package does not.
reflect2=$tree/vendor/github.com/modern-go/reflect2
rm -rf "$reflect2"
cp -r /usr/share/gocode/src/github.com/modern-go/reflect2 "$reflect2"
find "$reflect2" -name '*_test.go' -delete

say "building ${built[*]} (about five minutes, once)"
(cd "$tree" && env GOPATH="$gopath" GO111MODULE=off GOFLAGS= GOCACHE="$work/go-cache" \
    make all WHAT="${built[*]/#/cmd/}" >&2)

install -m 0755 "${built[@]/#/$tree/_output/bin/}" "$assets"
install -m 0755 "$work/packages/unpacked/usr/bin/kubectl" "$work/packages/unpacked/usr/bin/etcd" "$assets"
chmod -R u+w "$work" && rm -rf "$work"
complete "$assets"
echo "$assets"
