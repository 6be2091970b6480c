#!/usr/bin/env bash
# Removes what up.sh made: the cluster with all data in it, or, in a context of yours, the resource and the operator.
# Caches of what was built and fetched stay (remove $PHASMA_CACHE to be rid of them).
set -euo pipefail
source "$(dirname "$0")/environment.sh"
if [ "$CLUSTER" = current ]; then
    kubectl delete namespace phasma --ignore-not-found
    helm uninstall phasma-operator --namespace phasma-system --ignore-not-found --wait
    kubectl delete namespace phasma-system --ignore-not-found
    kubectl delete crd phasmas.phasma.dev --ignore-not-found
fi
"$root/scripts/cluster.sh" down
