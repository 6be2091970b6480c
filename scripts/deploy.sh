#!/usr/bin/env bash
# Installs the operator and a Phasma resource into the cluster and waits until it is Ready. Safe to repeat: what is as
# it should be stays as it is.
#
# PHASMA_RESOURCE  file with the resource; by default the local example, or the minimal one with CLUSTER=current
# PHASMA_TIMEOUT   seconds to wait, default 600
set -euo pipefail
source "$(dirname "$0")/environment.sh"
chart=$root/charts/phasma-operator
references=$PHASMA_CACHE/images/references.sed
namespace=phasma

if [ "$CLUSTER" = current ]; then
    resource=${PHASMA_RESOURCE:-$chart/examples/minimal.yaml}
    tags() { cat "$1"; }
else
    resource=${PHASMA_RESOURCE:-$chart/examples/local.yaml}
    # The example says `dev`; the cluster knows images by a tag that changes with their content.
    tags() { sed -f "$references" "$1"; }
fi

install_operator() {
    local values=()
    if [ "$CLUSTER" != current ]; then
        local reference
        reference=$(echo localhost/phasma/operator:dev | sed -f "$references")
        values=(--set "image.repository=${reference%:*}" --set-string "image.tag=${reference##*:}"
            --values "$PHASMA_CACHE/images/local-values.yaml")
        tags "$root/scripts/local-values.yaml" >"$PHASMA_CACHE/images/local-values.yaml"
    fi
    helm upgrade --install phasma-operator "$chart" --namespace phasma-system --create-namespace \
        "${values[@]}" --wait --timeout 3m >/dev/null 2> >(grep -v 'found symbolic link' >&2)
    kubectl wait --for=condition=Established crd/phasmas.phasma.dev --timeout=60s >/dev/null
}

apply_resource() {
    kubectl create namespace "$namespace" --dry-run=client -o yaml |
        kubectl label --local -f - -o yaml pod-security.kubernetes.io/enforce=restricted |
        kubectl apply --server-side -f - >/dev/null
    tags "$resource" | kubectl apply --server-side --force-conflicts --namespace "$namespace" -f - >/dev/null
}

# One line for each condition that became True, and for each new reason to wait.
await_ready() {
    local start=$SECONDS timeout=${PHASMA_TIMEOUT:-600} seen="" line
    while :; do
        while IFS= read -r line; do
            case $'\n'$seen in *$'\n'"$line"$'\n'*) continue ;; esac
            seen+=$line$'\n'
            printf '%5d s  %s\n' $((SECONDS - start)) "$line"
        done < <(conditions)
        if is_ready; then return; fi
        if [ $((SECONDS - start)) -gt "$timeout" ]; then return 1; fi
        sleep 1
    done
}

conditions() {
    kubectl --namespace "$namespace" get phasma phasma -o json 2>/dev/null | python3 "$root/scripts/conditions.py"
}

is_ready() {
    kubectl --namespace "$namespace" wait phasma/phasma --for=condition=Ready --timeout=0 >/dev/null 2>&1 &&
        kubectl --namespace "$namespace" get phasma phasma -o json | python3 "$root/scripts/conditions.py" --current
}

explain() {
    echo "not Ready after ${PHASMA_TIMEOUT:-600} s" >&2
    kubectl --namespace "$namespace" get phasma,pods -o wide >&2
    kubectl --namespace "$namespace" get events --sort-by=.lastTimestamp >&2 | tail -20
}

echo "operator"
install_operator
echo "resource $(basename "$resource")"
apply_resource
await_ready || { explain && exit 1; }
