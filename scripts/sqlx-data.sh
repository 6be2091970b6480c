#!/usr/bin/env bash
# Compiles with every query of the store checked against a freshly migrated database, whose answers go to a folder.
# Usage (inside `tools/services/services exec --only postgres --`): scripts/sqlx-data.sh FOLDER CARGO-COMMAND...
set -euo pipefail
to=$(mkdir -p "$1" && cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."

database=phasma_sqlx_$$
url=${PHASMA_TEST_DATABASE_URL:?start me through tools/services/services exec}
target=${url/\/postgres\?/\/$database?}
psql -q "$url" -c "create database $database"
trap 'psql -q "$url" -c "drop database $database with (force)"' EXIT
for file in migrations/*.sql; do
    psql -q -v ON_ERROR_STOP=1 -1 "$target" -f "$file" >/dev/null
done

rm -f "$to"/query-*.json
# The macros answer while the crate is compiled, so it must be compiled anew.
touch store/src/lib.rs
SQLX_OFFLINE=false DATABASE_URL=$target SQLX_OFFLINE_DIR=$to "$@"
