#!/usr/bin/env bash
# Proves the direction of dependencies between the crates, and that the operator carries no database or Kafka client.
set -euo pipefail
cd "$(dirname "$0")/.."

# crate: what of the workspace it may depend on
allowed() {
    case $1 in
    phasma-crds | phasma-domain) ;;
    phasma-media | phasma-store) echo phasma-domain ;;
    phasma-operator) echo phasma-crds phasma-domain ;;
    phasma-api) echo phasma-domain phasma-media phasma-store ;;
    phasma-workers) echo phasma-domain phasma-store ;;
    phasma-e2e) echo phasma-crds ;;
    *) echo "no rule for $1 in $0" >&2 && return 1 ;;
    esac
}

failed=0
for crate in $(cargo metadata --no-deps --format-version 1 | python3 -c 'import json,sys; print(*[p["name"] for p in json.load(sys.stdin)["packages"]])'); do
    rule=$(allowed "$crate")
    for dependency in $(cargo tree --quiet -p "$crate" -e normal --prefix none --format '{p}' | awk '/^phasma-/{print $1}' | sort -u); do
        [ "$dependency" = "$crate" ] && continue
        case " $rule " in
        *" $dependency "*) ;;
        *) echo "$crate must not depend on $dependency" && failed=1 ;;
        esac
    done
done

for client in sqlx rdkafka aws-sdk-s3 fred meilisearch-sdk; do
    if cargo tree --quiet -p phasma-operator -e normal --prefix none --format '{p}' | grep -q "^$client "; then
        echo "phasma-operator must not depend on $client" && failed=1
    fi
done
exit $failed
