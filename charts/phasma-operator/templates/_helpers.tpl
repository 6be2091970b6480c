{{/* Labels that never change: selectors use them. */}}
{{- define "phasma-operator.selector" -}}
app.kubernetes.io/name: phasma-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "phasma-operator.labels" -}}
{{ include "phasma-operator.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{/*
What the operator may do with the objects of the namespaces it looks after. The verbs, and why each is needed:
  list, watch    what is there, by the resource's labels, and that something changed
  get            an object that lost its label, or somebody else's of the same name, is not in that list
  create, patch  server-side apply: `patch` changes, and needs `create` where nothing is yet
  delete         what the resource no longer asks for, one object at a time and by its uid
Nothing is updated, deleted as a collection, or granted by wildcard.
*/}}
{{- define "phasma-operator.rules" -}}
# The resource itself is read, and nothing but its status written.
- apiGroups: [phasma.dev]
  resources: [phasmas]
  verbs: [list, watch]
- apiGroups: [phasma.dev]
  resources: [phasmas/status]
  verbs: [patch]
# Credentials and certificates it makes; `get` is also for those that a resource names. Rights can't be narrowed to labels,
# so this covers every Secret of the namespaces: watchNamespaces says which. Watches ask for metadata alone.
- apiGroups: [""]
  resources: [secrets]
  verbs: [get, list, watch, create, patch, delete]
# Configuration and pipelines; Services; volumes of the stores, of which only those made under deletionPolicy Delete,
# and no longer asked for, are ever deleted.
- apiGroups: [""]
  resources: [configmaps, services, persistentvolumeclaims]
  verbs: [get, list, watch, create, patch, delete]
# Why a pod isn't ready becomes a condition's message.
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
# Stores and programs, and the record of what was rolled out.
- apiGroups: [apps]
  resources: [statefulsets, deployments, controllerrevisions]
  verbs: [get, list, watch, create, patch, delete]
# Migration, provisioning, checks.
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
# Default deny and the edges between components.
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
# The ways in: spec.exposure.ingress and spec.exposure.gateway.
- apiGroups: [networking.k8s.io]
  resources: [ingresses]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [gateway.networking.k8s.io]
  resources: [httproutes]
  verbs: [get, list, watch, create, patch, delete]
# spec.api.autoscaling and those of the frontend and the consumers.
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch, create, patch, delete]
# spec.monitoring, where the Prometheus operator's kinds are installed.
- apiGroups: [monitoring.coreos.com]
  resources: [podmonitors, prometheusrules]
  verbs: [get, list, watch, create, patch, delete]
# Drains take one replica at a time.
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
# One Event when a condition turns; one that repeats is counted up in place. `list`, while something isn't ready: why a
# pod or a volume isn't made, only events tell.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch, list]
{{- end -}}
