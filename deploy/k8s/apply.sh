#!/usr/bin/env bash
# deploy/k8s/apply.sh OVERLAY: brings the cluster of kubectl's context to what the overlay says.
# First all but the Deployments of the services, and the databases migrated; then those, pod by pod.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
overlay=$here/overlays/${1:?which overlay: dev, staging or prod}
[ -f "$overlay/kustomization.yaml" ] || { echo "apply: there is no overlay $1" >&2; exit 2; }
kubectl="${KUBECTL:-kubectl} -n rendezvous"
seconds=${WAIT_SECONDS:-1800}

$kubectl apply --server-side -f "$here/base/namespace.yaml"
# Nothing is printed where they are there already, and kubectl takes nothing for an error.
secrets=$([ ! -x "$overlay/secrets.sh" ] || "$overlay/secrets.sh")
[ -z "$secrets" ] || $kubectl apply --server-side -f - <<<"$secrets"
# A Job cannot be changed, only made anew.
$kubectl delete job -l app.kubernetes.io/component=migration --ignore-not-found
$kubectl apply --server-side -k "$overlay" -l rendezvous.example/after!=migration
$kubectl wait job -l app.kubernetes.io/component=migration --for=condition=Complete --timeout="${seconds}s"
$kubectl apply --server-side -k "$overlay"
$kubectl get deployment -l app.kubernetes.io/component=service -o name |
  xargs -n 1 $kubectl rollout status --timeout="${seconds}s"
