#!/bin/bash
# Makes the database on the first start, from the same environment as the
# official image: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB, PGDATA.
set -euo pipefail
umask 077

initialise() {
  : "${POSTGRES_PASSWORD:?is needed to make a database}"
  # A start that was cut off left a folder that initdb would refuse.
  rm -rf "$PGDATA"
  mkdir -p "$PGDATA"
  initdb --pgdata="$PGDATA" --username="$user" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --locale-provider=builtin --builtin-locale=C.UTF-8
  if [ "$database" != postgres ]; then
    echo "CREATE DATABASE \"$database\"" | postgres --single -D "$PGDATA" postgres >/dev/null
  fi
  touch "$PGDATA/.initialised"
}

if [ "${1:-}" = postgres ]; then
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  [ -e "$PGDATA/.initialised" ] || initialise
  set -- "$@" -D "$PGDATA"
fi
exec "$@"
