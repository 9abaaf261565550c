#!/bin/bash
# Run once, by the image of PostgreSQL, over an empty folder: each database, its owner, and the role that only works.
set -euo pipefail
password() { cat "/run/secrets/roles/$1"; }
for name in accounts availability booking booking_keys directory notification; do
  psql -U postgres -d postgres -v ON_ERROR_STOP=1 -v name="$name" -v owner="${name}_owner" \
    -v name_password="$(password "$name")" -v owner_password="$(password "${name}_owner")" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'name_password';
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password';
CREATE DATABASE :"name" OWNER :"owner";
SQL
done
