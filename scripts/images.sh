#!/usr/bin/env bash
# Builds the images that changed and loads them into the cluster.
set -euo pipefail
source "$(dirname "$0")/environment.sh"
if [ "$CLUSTER" = current ]; then
    echo "images for a context of yours come from its registry: none built"
    exit
fi
exec "$root/tools/images/images" --cluster "$CLUSTER" "$@"
