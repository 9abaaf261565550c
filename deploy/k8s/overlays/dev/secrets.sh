#!/usr/bin/env bash
# Prints the secrets of a development cluster, made of random keys; of those that the cluster has already, nothing.
set -euo pipefail
kubectl="${KUBECTL:-kubectl} -n rendezvous"
[ "${1:-}" = --anew ] || ! $kubectl get secret postgres-roles >/dev/null 2>&1 || exit 0

secret() { # NAME KEY=VALUE...
  local name=$1; shift
  printf -- '---\napiVersion: v1\nkind: Secret\nmetadata: {name: %s, namespace: rendezvous}\nstringData:\n' "$name"
  printf '  %s\n' "${@/=/: }"
}
# Begins with a letter: a number would be one in YAML.
random() { echo "r$(openssl rand -hex 16)"; }
base64url() { base64 -w0 | tr '+/' '-_' | tr -d '='; }
jwk() { # KID: an Ed25519 key, whose last 32 bytes in DER are the key itself
  local private; private=$(openssl genpkey -algorithm ed25519)
  printf "'"'{"kty":"OKP","crv":"Ed25519","kid":"%s","d":"%s","x":"%s"}'"'" "$1" \
    "$(openssl pkey -outform DER <<<"$private" | tail -c 32 | base64url)" \
    "$(openssl pkey -pubout -outform DER <<<"$private" | tail -c 32 | base64url)"
}

declare -A password
roles=("postgres=$(random)")
for database in accounts availability booking booking_keys directory notification; do
  for role in "$database" "${database}_owner"; do
    password[$role]=$(random)
    roles+=("$role=${password[$role]}")
  done
done
url() { echo "postgresql://$1:${password[$1]}@postgres-rw:5432/${1%_owner}"; }

secret postgres-roles "${roles[@]}"
secret accounts "database-url=$(url accounts)" "token-key=$(jwk "dev-$(random)")" smtp-url=smtp://mailpit:1025
secret availability "database-url=$(url availability)" "offer-key=$(jwk "dev-$(random)")"
secret booking "database-url=$(url booking)" "keys-database-url=$(url booking_keys)"
secret directory "database-url=$(url directory)"
secret notification "database-url=$(url notification)" "client-secret=$(random)" smtp-url=smtp://mailpit:1025
secret portal "session-key='$(openssl rand 32 | base64url)'"
for service in accounts availability directory notification; do
  secret "$service-owner" "owner-database-url=$(url "${service}_owner")"
done
secret booking-owner "owner-database-url=$(url booking_owner)" "keys-owner-database-url=$(url booking_keys_owner)"
