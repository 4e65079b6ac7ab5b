{{/* A value as the text that its author wrote, even if YAML read it as a number: 111122223333 and not 1.11122223333e+11. */}}
{{- define "webhook.text" -}}
{{ kindIs "string" . | ternary . (toJson .) }}
{{- end }}

{{/* Entries whose values are strings, such as labels. Null entries are left out. */}}
{{- define "webhook.texts" -}}
{{- $texts := dict }}
{{- range $key, $value := . }}
{{- if not (kindIs "invalid" $value) }}
{{- $_ := set $texts $key (include "webhook.text" $value) }}
{{- end }}
{{- end }}
{{- if $texts }}{{ toYaml $texts }}{{ end }}
{{- end }}

{{/* The name of the chart, which an alias in a parent chart changes. */}}
{{- define "webhook.chartName" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* The name of the resources. A name that is too long is shortened with a hash, so that two aliases in one release never have
the same name. */}}
{{- define "webhook.name" -}}
{{- $chart := include "webhook.chartName" . -}}
{{- $isInRelease := .Chart.IsRoot | ternary (contains $chart .Release.Name) (eq $chart .Release.Name) -}}
{{- $name := $isInRelease | ternary .Release.Name (printf "%s-%s" .Release.Name $chart) -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride }}
{{- else if le (len $name) 63 }}{{ $name }}
{{- else }}{{ printf "%s-%s" ($name | trunc 54 | trimSuffix "-") (sha256sum $name | trunc 8) }}
{{- end }}
{{- end }}

{{- define "webhook.selector" -}}
app.kubernetes.io/name: {{ include "webhook.chartName" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The label of the webhook's own pods, by which the registration excludes them. */}}
{{- define "webhook.ownPodsLabel" -}}
pod-identity-webhook.amazonaws.com/webhook
{{- end }}

{{/* Takes the context as "root", and additional labels as "labels". */}}
{{- define "webhook.labels" -}}
{{- $standard := dict "app.kubernetes.io/version" .root.Chart.AppVersion "app.kubernetes.io/managed-by" .root.Release.Service
    "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63) -}}
{{- $selector := include "webhook.selector" .root | fromYaml -}}
{{ include "webhook.texts" (merge (dict) $selector $standard (.labels | default dict) (.root.Values.commonLabels | default dict)) }}
{{- end }}

{{- define "webhook.podLabels" -}}
{{- $own := dict (include "webhook.ownPodsLabel" .) (include "webhook.name" .)
    "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- $selector := include "webhook.selector" . | fromYaml -}}
{{ include "webhook.texts" (merge (dict) $selector $own (.Values.podLabels | default dict) (.Values.commonLabels | default dict)) }}
{{- end }}

{{/* Takes the context as "root", "labels" and "annotations", a suffix for the name as "suffix", or a different name as "name",
and whether the object is cluster-scoped as "cluster". */}}
{{- define "webhook.metadata" -}}
name: {{ .name | default (printf "%s%s" (include "webhook.name" .root) (.suffix | default "")) }}
{{- if not .cluster }}
namespace: {{ .root.Release.Namespace }}
{{- end }}
labels:
  {{- include "webhook.labels" . | nindent 2 }}
{{- with include "webhook.texts" .annotations }}
annotations:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "webhook.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (.Values.serviceAccount.create | ternary (include "webhook.name" .) "default") }}
{{- end }}

{{- define "webhook.subject" -}}
- kind: ServiceAccount
  name: {{ include "webhook.serviceAccount" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- define "webhook.secret" -}}
{{ .Values.certificates.secretName | default (include "webhook.name" .) }}
{{- end }}

{{- define "webhook.image" -}}
{{- $registry := (.Values.global).imageRegistry | default .Values.image.registry -}}
{{ with $registry }}{{ trimSuffix "/" . }}/{{ end }}{{ .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}
{{- else }}:{{ include "webhook.text" (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{/* A list of objects with the field `name`. */}}
{{- define "webhook.imagePullSecrets" -}}
{{- $names := list }}
{{- range concat ((.Values.global).imagePullSecrets | default list) (.Values.imagePullSecrets | default list) }}
{{- if kindIs "string" . }}
{{- $names = append $names . }}
{{- else }}
{{- $names = append $names .name }}
{{- end }}
{{- end }}
{{- range uniq $names }}
- name: {{ . }}
{{- end }}
{{- end }}

{{- define "webhook.ownCertificates" -}}
{{ if eq .Values.certificates.mode "own" }}true{{ end }}
{{- end }}

{{/* Whether pods get identities only from AWS. */}}
{{- define "webhook.awsAlone" -}}
{{ if and (eq (join "," .Values.providers) "aws") (not (include "webhook.profiles" .)) }}true{{ end }}
{{- end }}

{{/* Whether pods get identities only from Azure. */}}
{{- define "webhook.azureAlone" -}}
{{ if and (eq (join "," .Values.providers) "azure") (not (include "webhook.profiles" .)) }}true{{ end }}
{{- end }}

{{- define "webhook.profiles" -}}
{{ if or .Values.profiles.enabled .Values.profiles.custom }}true{{ end }}
{{- end }}

{{- define "webhook.profilesConfigMap" -}}
{{ include "webhook.name" . }}-profiles
{{- end }}
