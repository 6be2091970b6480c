#!/usr/bin/env bash
# Starts, ends or describes the cluster that CLUSTER names: cluster.sh up|down|status.
set -euo pipefail
source "$(dirname "$0")/environment.sh"
name=phasma
kind_version=v0.30.0 # its default node is Kubernetes 1.34

# kubectl and helm come with the local cluster's build, unless they are there.
clients() {
    if ! command -v kubectl helm >/dev/null; then "$root/tools/cluster/cluster" --help >/dev/null; fi
}

kind_up() {
    command -v kind >/dev/null || GOBIN=$PHASMA_CACHE/bin go install "sigs.k8s.io/kind@$kind_version"
    clients
    # The stand-in for Redpanda starts by a program of that module.
    "$root/tools/cluster/cluster" --help >/dev/null
    mkdir -p "$PHASMA_CACHE/kind"
    if kind get clusters 2>/dev/null | grep -qx "$name"; then
        kind export kubeconfig --name "$name" --kubeconfig "$KUBECONFIG"
    else
        kind create cluster --name "$name" --config "$root/scripts/kind.yaml" --kubeconfig "$KUBECONFIG" --wait 3m
    fi
}

kind_down() {
    if command -v kind >/dev/null; then kind delete cluster --name "$name"; fi
    rm -rf "$PHASMA_CACHE/kind"
}

case $CLUSTER-${1:?up, down or status} in
    local-up) "$root/scripts/setup.sh" --cluster && "$root/tools/cluster/cluster" up ;;
    local-down) "$root/tools/cluster/cluster" down ;;
    local-status) "$root/tools/cluster/cluster" status ;;
    kind-up) kind_up ;;
    kind-down) kind_down ;;
    current-up) clients && kubectl version >/dev/null && echo "using the context $(kubectl config current-context)" ;;
    current-down) echo "the context $(kubectl config current-context) is yours: left as it is" ;;
    *-status) kubectl get nodes,pods --all-namespaces ;;
    *) echo "cluster.sh up, down or status" >&2 && exit 2 ;;
esac
