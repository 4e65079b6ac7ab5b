{{/* Takes the context as "root", and the path to call as "path". */}}
{{- define "webhook.client" -}}
clientConfig:
  service:
    name: {{ include "webhook.name" .root }}
    namespace: {{ .root.Release.Namespace }}
    path: {{ .path }}
    port: 443
admissionReviewVersions: [v1, v1beta1]
matchPolicy: Equivalent
{{- end }}

{{- define "webhook.forPods" -}}
{{- $registration := .root.Values.registration }}
{{- include "webhook.client" . }}
rules:
  - operations: [CREATE]
    apiGroups: [""]
    apiVersions: [v1]
    resources: [pods]
    scope: Namespaced
  {{- if not .creationOnly }}
  - operations: [UPDATE]
    apiGroups: [""]
    apiVersions: [v1]
    resources: [pods/ephemeralcontainers]
    scope: Namespaced
  {{- end }}
{{- with $registration.matchConditions }}
{{- if not (semverCompare ">=1.28.0-0" $.root.Capabilities.KubeVersion.Version) }}
{{- fail "registration.matchConditions needs Kubernetes 1.28 or later" }}
{{- end }}
matchConditions:
  {{- toYaml . | nindent 2 }}
{{- end }}
# When it is called again, the webhook gives the identity to containers that other webhooks have added.
reinvocationPolicy: IfNeeded
# The side effects are Events, which are not written for dry runs.
sideEffects: NoneOnDryRun
{{- $ofStrict := ne .path "/mutate" | ternary .root.Values.strict.timeoutSeconds 0 }}
timeoutSeconds: {{ int ($ofStrict | default $registration.timeoutSeconds) }}
{{- end }}

{{/* Adds the user's own selector, given as "more", to "expressions" and "labels". Renders nothing if all are empty. */}}
{{- define "webhook.labelSelector" -}}
{{- $labels := merge (dict) (.labels | default dict) ((.more).matchLabels | default dict) }}
{{- $expressions := concat .expressions ((.more).matchExpressions | default list) }}
{{- with include "webhook.texts" $labels }}
matchLabels:
  {{- . | nindent 2 }}
{{- end }}
{{- with $expressions }}
matchExpressions:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Takes the names of namespaces to exclude as "excluded", and a label that the others must have as "label". */}}
{{- define "webhook.namespaceSelector" -}}
{{- $expressions := list }}
{{- with .excluded }}
{{- $expressions = append $expressions (dict "key" "kubernetes.io/metadata.name" "operator" "NotIn" "values" .) }}
{{- end }}
{{- with .label }}
{{- $expressions = append $expressions (dict "key" . "operator" "In" "values" (list "true")) }}
{{- end }}
{{- with include "webhook.labelSelector" (dict "expressions" $expressions "more" .root.Values.registration.namespaceSelector) | trim }}
namespaceSelector:
  {{- . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Excludes the webhook's own pods, which must not wait for the webhook, and, if AWS is the only cloud, pods with the label
that skips it, unless "always" is set. Takes whether to select only pods with Azure's label as "azure", and a label that pods
must have as "label". */}}
{{- define "webhook.objectSelector" -}}
{{- $skip := printf "%s/skip-pod-identity-webhook" (index .root.Values.flags "annotation-prefix") }}
{{- $expressions := list (dict "key" (include "webhook.ownPodsLabel" .root) "operator" "DoesNotExist") }}
{{- if and (include "webhook.awsAlone" .root) (not .always) }}
{{- $expressions = append $expressions (dict "key" $skip "operator" "DoesNotExist") }}
{{- end }}
{{- with .label }}
{{- $expressions = append $expressions (dict "key" . "operator" "In" "values" (list "true")) }}
{{- end }}
{{- $labels := dict }}
{{- if .azure }}
{{- $labels = dict "azure.workload.identity/use" "true" }}
{{- end }}
objectSelector:
  {{- include "webhook.labelSelector" (dict "expressions" $expressions "labels" $labels "more" .root.Values.registration.objectSelector) | trim | nindent 2 }}
{{- end }}
