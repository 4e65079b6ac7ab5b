{{- define "webhook.name" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride }}
{{- else if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "webhook.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "webhook.labels" -}}
{{ include "webhook.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "webhook.metadata" -}}
name: {{ include "webhook.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "webhook.labels" . | nindent 2 }}
{{- end }}

{{- define "webhook.clusterMetadata" -}}
name: {{ include "webhook.name" . }}
labels:
  {{- include "webhook.labels" . | nindent 2 }}
{{- end }}

{{- define "webhook.subject" -}}
- kind: ServiceAccount
  name: {{ include "webhook.name" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- define "webhook.secret" -}}
{{ .Values.certificates.secretName | default (include "webhook.name" .) }}
{{- end }}

{{- define "webhook.image" -}}
{{ .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "webhook.ownCertificates" -}}
{{ if eq .Values.certificates.mode "own" }}true{{ end }}
{{- end }}

{{/* Whether a flag is set to anything other than an empty value, false or 0. */}}
{{- define "webhook.flagIsOn" -}}
{{- $value := get (index . 0).Values.flags (index . 1) -}}
{{- if not (has (toString $value) (list "" "<nil>" "false" "0" "0s")) }}true{{ end }}
{{- end }}

{{/* Whether pods get identities of AWS and of nothing else. */}}
{{- define "webhook.awsAlone" -}}
{{ if and (eq (join "," .Values.providers) "aws") (not (include "webhook.profiles" .)) }}true{{ end }}
{{- end }}

{{/* Whether pods get identities of Azure and of nothing else. */}}
{{- define "webhook.azureAlone" -}}
{{ if and (eq (join "," .Values.providers) "azure") (not (include "webhook.profiles" .)) }}true{{ end }}
{{- end }}

{{- define "webhook.profiles" -}}
{{ if or .Values.profiles.enabled .Values.profiles.custom }}true{{ end }}
{{- end }}

{{- define "webhook.profilesConfigMap" -}}
{{ include "webhook.name" . }}-profiles
{{- end }}

{{/* Takes a cloud's values as "values", and its name, with which its flags begin, as "prefix". Values within a value have
the names of both in their flag; resources and selectors are JSON. */}}
{{- define "webhook.cloudArgs" -}}
{{- $prefix := .prefix }}
{{- range $name, $value := .values }}
{{- $flag := printf "%s-%s" $prefix (kebabcase $name) }}
{{- if or (kindIs "invalid" $value) (eq (toString $value) "") }}
{{- else if and (kindIs "map" $value) (not (regexMatch "(Resources|Selector)$" $name)) }}
{{- include "webhook.cloudArgs" (dict "prefix" $flag "values" $value) }}
{{- else if $value }}
- {{ printf "--%s=%s" $flag (kindIs "string" $value | ternary $value (toJson $value)) | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "webhook.args" -}}
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
- --port=8443
- --metrics-port=9999
- --shutdown-delay={{ .Values.shutdown.delaySeconds }}s
- --shutdown-timeout={{ .Values.shutdown.timeoutSeconds }}s
{{- if .Values.clientCA.configMap }}
- --client-ca-file=/etc/webhook/client-ca/ca.crt
{{- end }}
{{- if .Values.containerCredentials.identities }}
- --watch-container-credentials-config=/etc/webhook/container-credentials/config.json
{{- end }}
{{- if ne (join "," .Values.providers) "aws" }}
- --providers={{ join "," .Values.providers }}
{{- end }}
{{- range $cloud := list "google" "azure" }}
{{- $args := include "webhook.cloudArgs" (dict "prefix" $cloud "values" (get $.Values $cloud)) }}
{{- if and $args (not (has $cloud $.Values.providers)) }}
{{- fail (printf "values of %s are set, and providers does not name it" $cloud) }}
{{- end }}
{{- $args }}
{{- end }}
{{- if include "webhook.profiles" . }}
- --profiles-config-map={{ include "webhook.profilesConfigMap" . }}
{{- end }}
{{- range $name, $value := .Values.flags }}
{{- if not (kindIs "invalid" $value) }}
- {{ printf "--%s=%s" $name (kindIs "string" $value | ternary $value (toJson $value)) | quote }}
{{- end }}
{{- end }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}
