#!/usr/bin/env bash
# From a checkout to a platform in the browser: builds, starts the cluster, deploys, seeds, prints the URL.
set -euo pipefail
cd "$(dirname "$0")/.."
start=$SECONDS
make cluster-up
make images
make deploy
make seed
echo
echo "Phasma is at http://localhost:8080 (after $((SECONDS - start)) s)"
