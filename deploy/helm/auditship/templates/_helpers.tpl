{{- define "auditship.name" -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- $name | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{- define "auditship.selector" -}}
app.kubernetes.io/name: auditship
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "auditship.labels" -}}
{{ include "auditship.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "auditship.metadata" -}}
name: {{ include "auditship.name" . }}
namespace: {{ .Release.Namespace | quote }}
labels:
  {{- include "auditship.labels" . | nindent 2 }}
{{- end }}

{{- define "auditship.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default (printf "%s%s" .Chart.AppVersion (ternary "-nonroot" "" .Values.nonroot.enabled)) }}
{{- end }}

{{- define "auditship.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if not $config.inputs }}
{{- $input := dict "name" "apiserver" "file" (dict "path" .Values.log.path) }}
{{- if .Values.apiserverMetrics.enabled }}
{{- $account := "/var/run/secrets/kubernetes.io/serviceaccount" }}
{{- $url := printf "https://${HOST_IP}:%v/metrics" .Values.apiserverMetrics.port }}
{{- $_ := set $input "apiserver_metrics" (dict "url" $url "token_file" (printf "%s/token" $account) "tls" (dict "ca_file" (printf "%s/ca.crt" $account))) }}
{{- end }}
{{- $_ := set $config "inputs" (list $input) }}
{{- end }}
{{- if not $config.policy_file }}{{ $_ := unset $config "policy_file" }}{{ end }}
{{- toYaml $config }}
{{- end }}
