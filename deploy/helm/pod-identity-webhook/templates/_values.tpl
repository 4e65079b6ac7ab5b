{{/* Completes the values: those that are missing or null get their defaults. Values are missing or null if a user sets them to
null, if they are newer than the values that an upgrade reuses, or if a parent chart has `VALUE: null`. Each template begins
with this, and the first one does it for all. defaults.yaml is a link to values.yaml, because templates see values.yaml only
after Helm has merged it with other values. */}}
{{- define "webhook.init" -}}
{{- if not (hasKey .Values "complete") }}
{{- $_ := set .Values "complete" true }}
{{- $defaults := .Files.Get "defaults.yaml" | fromYaml }}
{{- include "webhook.complete" (dict "values" .Values "defaults" $defaults "path" "") }}
{{- /* The former names of these values. */}}
{{- if and .Values.replicas (eq (int .Values.replicaCount) (int $defaults.replicaCount)) }}
{{- $_ := set .Values "replicaCount" .Values.replicas }}
{{- end }}
{{- $arguments := list }}
{{- range .Values.extraArgs }}
{{- $name := include "webhook.flagName" . }}
{{- if hasKey $defaults.flags $name }}
{{- $_ := set $.Values.flags $name (include "webhook.flagValue" .) }}
{{- else }}
{{- $arguments = append $arguments . }}
{{- end }}
{{- end }}
{{- $_ := set .Values "extraArgs" $arguments }}
{{- end }}
{{- end }}

{{- define "webhook.complete" -}}
{{- /* For these values, null means none, and missing entries stay missing. */}}
{{- $removable := list "resources" "priorityClassName" "topologySpreadConstraints" "nodeSelector" "tolerations" "affinity"
    "podAnnotations" "podLabels" }}
{{- $taken := list "podSecurityContext" "securityContext" "startupProbe" "livenessProbe" "readinessProbe"
    "grafanaDashboard.labels" "global" }}
{{- range $key, $default := .defaults }}
{{- $path := printf "%s%s" $.path $key }}
{{- $value := index $.values $key }}
{{- if has $path $removable }}
{{- else if kindIs "invalid" $value }}
{{- $_ := set $.values $key $default }}
{{- else if and (kindIs "map" $value) (kindIs "map" $default) (not (has $path $taken)) }}
{{- include "webhook.complete" (dict "values" $value "defaults" $default "path" (printf "%s." $path)) }}
{{- end }}
{{- end }}
{{- end }}
