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

{{/* What the operator may do with the objects of the namespaces it looks after. */}}
{{- define "phasma-operator.rules" -}}
# The resource itself: watched, and its status written.
- apiGroups: [phasma.dev]
  resources: [phasmas]
  verbs: [get, list, watch]
- apiGroups: [phasma.dev]
  resources: [phasmas/status]
  verbs: [get, patch]
# Credentials and certificates it makes; Secrets that a resource names (external database).
# Configuration and pipelines; Services; volumes of the stores.
- apiGroups: [""]
  resources: [secrets, configmaps, services, persistentvolumeclaims]
  verbs: [get, list, watch, create, patch, delete]
# Read only: why a pod isn't ready becomes a condition's message.
- apiGroups: [""]
  resources: [pods]
  verbs: [get, list, watch]
# Stores and programs.
- apiGroups: [apps]
  resources: [statefulsets, deployments]
  verbs: [get, list, watch, create, patch, delete]
# Migration, provisioning, checks.
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, delete]
# Default deny and the edges between components.
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch, delete]
# Drains take one replica at a time.
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
# One Event when a condition turns.
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}
