#!/usr/bin/env bash
# Adds the example accounts and photographs through the public forms; what is there already is left alone.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
exec "$root/tools/seed/seed" "${PHASMA_URL:-http://localhost:8080}"
