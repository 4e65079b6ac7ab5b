{{/* The name of the flag in an argument: `token-audience` for `--token-audience=x`, and `v` for `-v2`. */}}
{{- define "webhook.flagName" -}}
{{ regexMatch "^-v[0-9]+$" . | ternary "v" (regexReplaceAll "^--?([a-z][a-z0-9-]*).*$" . "${1}") }}
{{- end }}

{{/* The value of the flag in an argument: `x` for `--token-audience=x`, `2` for `-v2`, `true` for `--watch-config-map`. */}}
{{- define "webhook.flagValue" -}}
{{- if contains "=" . }}{{ regexReplaceAll "^[^=]*=" . "" }}
{{- else }}{{ regexMatch "^-v[0-9]+$" . | ternary (trimPrefix "-v" .) "true" }}
{{- end }}
{{- end }}

{{/* Whether a flag has a value other than an empty one, false or 0. */}}
{{- define "webhook.flagIsOn" -}}
{{- $value := index (index . 0).Values.flags (index . 1) -}}
{{- if not (has (toString $value) (list "" "<nil>" "false" "0" "0s")) }}true{{ end }}
{{- end }}

{{/* Takes a cloud's values as "values", and its name, which its flags begin with, as "prefix". The flag of a nested value
contains the names of both values; resources and selectors are written as JSON. */}}
{{- define "webhook.cloudArgs" -}}
{{- $prefix := .prefix }}
{{- range $name, $value := .values }}
{{- $flag := printf "%s-%s" $prefix (kebabcase $name) }}
{{- if or (kindIs "invalid" $value) (eq (toString $value) "") }}
{{- else if and (kindIs "map" $value) (not (regexMatch "(Resources|Selector)$" $name)) }}
{{- include "webhook.cloudArgs" (dict "prefix" $flag "values" $value) }}
{{- else if $value }}
- {{ printf "--%s=%s" $flag (include "webhook.text" $value) | quote }}
{{- end }}
{{- end }}
{{- end }}

{{/* The flags that the chart itself sets, except those for clouds. */}}
{{- define "webhook.chartsArgs" -}}
{{- if include "webhook.ownCertificates" . }}
- --in-cluster=true
- --tls-secret={{ include "webhook.secret" . }}
- --webhook-configuration={{ include "webhook.name" . }}
{{- else }}
- --in-cluster=false
- --tls-cert=/etc/webhook/certs/tls.crt
- --tls-key=/etc/webhook/certs/tls.key
{{- end }}
- --service-name={{ include "webhook.name" . }}
- --namespace={{ .Release.Namespace }}
- --port={{ int .Values.ports.https }}
- --metrics-port={{ int .Values.ports.metrics }}
- --shutdown-delay={{ int .Values.shutdown.delaySeconds }}s
- --shutdown-timeout={{ int .Values.shutdown.timeoutSeconds }}s
{{- if .Values.clientCA.configMap }}
- --client-ca-file=/etc/webhook/client-ca/ca.crt
{{- end }}
{{- if .Values.containerCredentials.identities }}
- --watch-container-credentials-config=/etc/webhook/container-credentials/config.json
{{- end }}
{{- if ne (join "," .Values.providers) "aws" }}
- --providers={{ join "," .Values.providers }}
{{- end }}
{{- if include "webhook.profiles" . }}
- --profiles-config-map={{ include "webhook.profilesConfigMap" . }}
{{- end }}
{{- end }}

{{/* The flags in the values that differ from the program's defaults, as the chart's own default for log-format does, and always
the prefix of annotations, so that it is visible in the Deployment. */}}
{{- define "webhook.flagArgs" -}}
{{- $defaults := (.Files.Get "defaults.yaml" | fromYaml).flags }}
{{- range $name, $value := .Values.flags }}
{{- $text := include "webhook.text" $value }}
{{- if and (not (kindIs "invalid" $value)) (or (has $name (list "annotation-prefix" "log-format")) (ne $text (include "webhook.text" (index $defaults $name)))) }}
- {{ printf "--%s=%s" $name $text | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "webhook.args" -}}
{{- include "webhook.chartsArgs" . }}
{{- range $cloud := list "google" "azure" }}
{{- $args := include "webhook.cloudArgs" (dict "prefix" $cloud "values" (get $.Values $cloud)) }}
{{- if and $args (not (has $cloud $.Values.providers)) }}
{{- fail (printf "values for %s are set, but providers does not contain it" $cloud) }}
{{- end }}
{{- $args }}
{{- end }}
{{- include "webhook.flagArgs" . }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{/* The arguments. Fails if extraArgs repeats a flag. */}}
{{- define "webhook.uniqueArgs" -}}
{{- $args := include "webhook.args" . | trim }}
{{- $charts := list "in-cluster" "tls-secret" "webhook-configuration" "tls-cert" "tls-key" "client-ca-file" "providers"
    "watch-container-credentials-config" "profiles-config-map" }}
{{- range .Values.extraArgs }}
{{- $name := include "webhook.flagName" . }}
{{- if has $name $charts }}
{{- fail (printf "extraArgs contains --%s, which the chart sets from other values" $name) }}
{{- end }}
{{- end }}
{{- $names := list }}
{{- range fromYamlArray $args }}
{{- $name := include "webhook.flagName" . }}
{{- if has $name $names }}
{{- fail (printf "extraArgs contains --%s, which is already set by other values or arguments" $name) }}
{{- end }}
{{- $names = append $names $name }}
{{- end }}
{{- $args }}
{{- end }}
