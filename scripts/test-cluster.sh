#!/usr/bin/env bash
# The tests of the whole platform on the cluster that was deployed to: by HTTP and by kubectl.
set -euo pipefail
source "$(dirname "$0")/environment.sh"
export PHASMA_E2E_URL=${PHASMA_E2E_URL:-http://localhost:8080}
PHASMA_E2E_PHOTOGRAPH=$("$root/tools/seed/seed" --photograph)
export PHASMA_E2E_PHOTOGRAPH
cd "$root"
PATH=$(tools/rust/install):$PATH
# The whole workspace is selected, so that nothing is compiled anew for another set of features.
cargo nextest run --locked --cargo-quiet --workspace --all-features -E 'package(phasma-e2e)'
