#!/usr/bin/env bash
# Proves on the running cluster what pods rely on: DNS, a volume that outlives its pod, no way out, and
# NetworkPolicies that hold in both directions. Takes the reference of an image with Python; leaves nothing behind.
set -euo pipefail
image=${1:?reference of an image with python3}
namespace=smoke-$RANDOM
k() { kubectl --namespace "$namespace" "$@"; }
kubectl create namespace "$namespace" >/dev/null
trap 'kubectl delete namespace "$namespace" --wait=true >/dev/null' EXIT
kubectl label namespace "$namespace" pod-security.kubernetes.io/enforce=restricted >/dev/null

pod() { # name, further lines of the container
    cat <<POD
apiVersion: v1
kind: Pod
metadata: {name: $1, labels: {app: $1}}
spec:
  terminationGracePeriodSeconds: 0
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: main
      image: $image
      imagePullPolicy: IfNotPresent
      command: [python3, -m, http.server, "8000", --directory, /data]
      ports: [{name: web, containerPort: 8000}]
      readinessProbe: {httpGet: {path: /, port: web}, periodSeconds: 1}
      securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
      volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, $2}]
---
POD
}

start() {
    { pod server 'persistentVolumeClaim: {claimName: data}'; pod client 'emptyDir: {}'; } | k apply -f - >/dev/null
    k wait --for=condition=Ready pod/server pod/client --timeout=60s >/dev/null
}

# What the client gets from the server's Service: the file, or the name of the error.
ask() {
    k exec "${1:-client}" -- python3 -c '
import urllib.request, sys
try: print(urllib.request.urlopen(sys.argv[1], timeout=3).read().decode().strip())
except Exception as e: print(type(getattr(e, "reason", e)).__name__)' "${2:-http://server:8000/file}"
}

# Polls: policies act within a moment, but not at once.
expect() { # what, wanted, command
    local what=$1 wanted=$2 got=""
    shift 2
    for _ in $(seq 20); do
        got=$("$@") && [ "$got" = "$wanted" ] && echo "ok: $what" && return
        sleep 0.2
    done
    echo "FAILED: $what: got $got, wanted $wanted" >&2
    return 1
}

policy() { k apply -f - >/dev/null <<<"---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: $1}
spec: $2"; }

k apply -f - >/dev/null <<YAML
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
---
apiVersion: v1
kind: Service
metadata: {name: server}
spec: {selector: {app: server}, ports: [{port: 8000, targetPort: web}]}
YAML
start
k exec server -- sh -c 'echo kept > /data/file'
expect "a Service answers by its name" kept ask
k delete pod server --wait=true >/dev/null
start
expect "a volume outlives its pod" kept ask
expect "there is no way out" OSError ask client http://192.0.2.1/

policy deny '{podSelector: {}, policyTypes: [Ingress, Egress]}'
expect "default deny: not even DNS" gaierror ask
policy dns '{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchExpressions: [{key: k8s-app, operator: In, values: [kube-dns]}]}}], ports: [{port: 53, protocol: UDP}]}]}'
expect "DNS allowed, the server not" ConnectionRefusedError ask
policy out '{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: server}}}], ports: [{port: web}]}]}'
expect "egress alone is not enough" ConnectionRefusedError ask
policy in '{podSelector: {matchLabels: {app: server}}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {matchLabels: {app: client}}}], ports: [{port: web}]}]}'
expect "both ends allowed, by named port" kept ask
expect "the other way stays closed" gaierror ask server http://client:8000/
policy out '{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.244.0.0/16]}}]}]}'
expect "an exception of a block is closed" ConnectionRefusedError ask
policy out '{podSelector: {matchLabels: {app: client}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.99.0.0/16]}}]}]}'
expect "the rest of a block is open" kept ask
