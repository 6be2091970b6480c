# Sourced by the other scripts: which cluster is meant, its kubeconfig, and kubectl and helm on the path.
#
# CLUSTER=auto (kind where a Docker engine answers, else local), local (tools/cluster, no container engine), kind,
# current (the context of the caller's kubectl). Sets CLUSTER to the one chosen.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PHASMA_CACHE=${PHASMA_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/phasma}
export PATH=$PATH:$PHASMA_CACHE/cluster/bin:$PHASMA_CACHE/bin

choose_cluster() {
    case ${CLUSTER:-auto} in
        local | kind | current) ;;
        auto) if docker info >/dev/null 2>&1; then CLUSTER=kind; else CLUSTER=local; fi ;;
        *) echo "CLUSTER=$CLUSTER is none of auto, local, kind, current" >&2 && exit 2 ;;
    esac
    export CLUSTER
    case $CLUSTER in
        local) export KUBECONFIG=$PHASMA_CACHE/cluster/kubeconfig ;;
        kind) export KUBECONFIG=$PHASMA_CACHE/kind/kubeconfig ;;
        current) ;;
    esac
}
choose_cluster
