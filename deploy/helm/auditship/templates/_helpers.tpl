{{- define "auditship.name" -}}
{{- $name := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- $name | trunc 52 | trimSuffix "-" -}}
{{- end }}

{{- define "auditship.selector" -}}
app.kubernetes.io/name: auditship
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "auditship.labels" -}}
{{ include "auditship.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "auditship.metadata" -}}
name: {{ include "auditship.name" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "auditship.labels" . | nindent 2 }}
{{- end }}

{{- define "auditship.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default (printf "%s%s" .Chart.AppVersion (ternary "-nonroot" "" .Values.nonroot.enabled)) }}
{{- end }}

{{- define "auditship.config" -}}
{{- $config := deepCopy .Values.config }}
{{- if not $config.inputs }}
{{- $_ := set $config "inputs" (list (dict "name" "apiserver" "file" (dict "path" .Values.log.path))) }}
{{- end }}
{{- if not $config.policy_file }}{{ $_ := unset $config "policy_file" }}{{ end }}
{{- toYaml $config }}
{{- end }}
