{{/* Completes the values: what is missing or null gets its default. That happens to a value that somebody set to null, to one
that is newer than the values that an upgrade reuses, and to all in a parent chart that has `VALUE: null`. Each template
begins with it, and the first one does it for all. The link defaults.yaml is values.yaml, since Helm shows a chart its own values.yaml only merged. */}}
{{- define "webhook.init" -}}
{{- if not (hasKey .Values "complete") }}
{{- $_ := set .Values "complete" true }}
{{- $defaults := .Files.Get "defaults.yaml" | fromYaml }}
{{- include "webhook.complete" (dict "values" .Values "defaults" $defaults "path" "") }}
{{- /* The names that these values had before. */}}
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
{{- /* Here null means none, and entries that are missing stay so. */}}
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
