#!/usr/bin/env bash
# build.sh PART...: builds parts of Kubernetes from their Go modules (minutes, once), prints the folder that holds them.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${KUBE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rendezvous-kube}
export GOTOOLCHAIN=local CGO_ENABLED=0
command -v go >/dev/null || { echo "kube-api: needs Go ($(sed -n 's/^go //p' "$here/go.mod") or newer)" >&2; exit 1; }

version=$(sed -n 's|^\tk8s.io/kubernetes \(v[0-9.]*\).*|\1|p' "$here/go.mod")
bin=$cache/bin-$({ go version; cat "$here/go.mod" "$here/go.sum"; } | sha256sum | cut -c1-12)
mkdir -p "$bin"
exec 9>"$cache/lock"
flock 9

# Without these the server does not know its own version, and emulates an older one.
flags="-s -w"
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  flags+=" -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=$(cut -d. -f2 <<<"$version")"
  flags+=" -X $package.gitTreeState=clean -X $package.gitCommit=module"
done
build() { # NAME
  echo "kube-api: building $1 (first use only: minutes)" >&2
  # What has a module of its own needs older libraries than the server.
  case $1 in
    coredns) GOBIN=$bin go install -trimpath -ldflags="-s -w" github.com/coredns/coredns@v1.15.0 >&2; return ;;
    kube-score) GOBIN=$bin go install -trimpath -ldflags="-s -w" github.com/zegl/kube-score/cmd/kube-score@v1.20.0 >&2; return ;;
    etcd) package=go.etcd.io/etcd/server/v3 ;;
    *) package=k8s.io/kubernetes/cmd/$1 ;;
  esac
  (cd "$here" && go build -mod=readonly -trimpath -buildvcs=false -ldflags="$flags" -o "$bin/$1.new" "$package") >&2
  mv "$bin/$1.new" "$bin/$1"
}
for part in "$@"; do
  [ -x "$bin/$part" ] || build "$part"
done
echo "$bin"
