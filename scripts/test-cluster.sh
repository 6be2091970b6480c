#!/usr/bin/env bash
# The tests of the whole platform on the cluster that was deployed to: by HTTP and kubectl, then in Chromium. With
# --ignored only those that take long, by HTTP and kubectl.
set -euo pipefail
source "$(dirname "$0")/environment.sh"
export PHASMA_E2E_URL=${PHASMA_E2E_URL:-http://localhost:8080}
PHASMA_E2E_PHOTOGRAPH=$("$root/tools/seed/seed" --photograph)
export PHASMA_E2E_PHOTOGRAPH
cd "$root"
# The whole workspace is selected, so that nothing is compiled anew for another set of features.
tests() {
    PATH=$(tools/rust/install):$PATH \
        cargo nextest run --locked --cargo-quiet --workspace --all-features -E 'package(phasma-e2e)' "$@"
}
if [ "${1:-}" = --ignored ]; then
    tests --run-ignored only
    exit
fi
tests
# Screenshots of every page are left in frontend/test-results/pages.
cd frontend
PATH=$PWD/node_modules/.bin:$PATH npm run --silent e2e
