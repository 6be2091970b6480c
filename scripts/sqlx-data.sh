#!/usr/bin/env bash
# Describes every query of the store against a freshly migrated database and writes the answers to a folder.
# Usage (inside `tools/services/services exec --only postgres --`): scripts/sqlx-data.sh FOLDER
set -euo pipefail
to=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/.."

database=phasma_sqlx_$$
url=${PHASMA_TEST_DATABASE_URL:?start me through tools/services/services exec}
target=${url/\/postgres?/\/$database?}
psql -q "$url" -c "create database $database"
trap 'psql -q "$url" -c "drop database $database with (force)"' EXIT
for file in migrations/*.sql; do
    psql -q -v ON_ERROR_STOP=1 -1 "$target" -f "$file" >/dev/null
done

rm -f "$to"/query-*.json
# The macros write while the crate is compiled, so it must be compiled anew: a target folder of its own name in rustc's eyes.
touch store/src/lib.rs
SQLX_OFFLINE=false DATABASE_URL=$target SQLX_OFFLINE_DIR=$to cargo check --quiet -p phasma-store --all-features
