{{/* Names are cut at 40 characters, so that what is put behind them stays below the 63 of a label. */}}
{{- define "drawbridge.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "drawbridge.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "drawbridge.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "drawbridge.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* The helpers below take (dict "root" $ "component" "connector"). */}}
{{- define "drawbridge.componentName" -}}
{{ include "drawbridge.fullname" .root }}-{{ .component }}
{{- end }}

{{- define "drawbridge.selectorLabels" -}}
app.kubernetes.io/name: {{ include "drawbridge.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "drawbridge.labels" -}}
{{ include "drawbridge.selectorLabels" . }}
app.kubernetes.io/part-of: drawbridge
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "drawbridge.metadata" -}}
name: {{ include "drawbridge.componentName" . }}{{ with .suffix }}-{{ . }}{{ end }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "drawbridge.labels" . | nindent 2 }}
{{- end }}

{{/* A new version of the chart alone is no reason to roll pods, so it is not among their labels. */}}
{{- define "drawbridge.podLabels" -}}
{{ include "drawbridge.selectorLabels" . }}
app.kubernetes.io/part-of: drawbridge
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- with (index .root.Values .component).podLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "drawbridge.serviceAccountName" -}}
{{- $account := (index .root.Values .component).serviceAccount }}
{{- if $account.create }}
{{- default (include "drawbridge.componentName" .) $account.name }}
{{- else }}
{{- default "default" $account.name }}
{{- end }}
{{- end }}

{{/* Takes an image of the values and the tag that it has by default. */}}
{{- define "drawbridge.image" -}}
{{- with .image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ default $.tag .tag }}{{ end }}
{{- end }}
{{- end }}

{{/* A duration of the configuration (250ms, 15s, 2m, 1h) in whole seconds, rounded up. */}}
{{- define "drawbridge.seconds" -}}
{{- $amount := regexFind "^[0-9]+" . | int }}
{{- $unit := regexFind "[a-z]+$" . }}
{{- if eq $unit "ms" }}{{ div (add $amount 999) 1000 }}
{{- else if eq $unit "m" }}{{ mul $amount 60 }}
{{- else if eq $unit "h" }}{{ mul $amount 3600 }}
{{- else }}{{ $amount }}
{{- end }}
{{- end }}

{{/* The component's own section of its configuration. */}}
{{- define "drawbridge.section" -}}
{{- $config := (index .root.Values .component).config }}
{{- dig .component (dict) $config | toYaml }}
{{- end }}

{{- define "drawbridge.drainSeconds" -}}
{{- include "drawbridge.seconds" (dig "drainTimeout" "15s" (include "drawbridge.section" . | fromYaml)) }}
{{- end }}

{{/* How long a gateway still takes requests after SIGTERM. */}}
{{- define "drawbridge.leaveDelay" -}}
{{- dig "leaveDelay" "5s" (include "drawbridge.section" . | fromYaml) }}
{{- end }}

{{/* All that comes before SIGTERM and after it, and 5 s for what still holds the process. */}}
{{- define "drawbridge.graceSeconds" -}}
{{- $leave := eq .component "gateway" | ternary (include "drawbridge.leaveDelay" . | include "drawbridge.seconds") 0 }}
{{- add (index .root.Values .component).preStopSeconds $leave (include "drawbridge.drainSeconds" .) 5 }}
{{- end }}

{{- define "drawbridge.opsPort" -}}
{{- dig "ops" "port" 9400 (index .root.Values .component).config }}
{{- end }}

{{- define "drawbridge.httpPort" -}}
{{- dig "gateway" "http" "port" 8080 .Values.gateway.config }}
{{- end }}

{{- define "drawbridge.httpScheme" -}}
{{- if dig "gateway" "http" "tls" "certFile" "" .Values.gateway.config }}https{{ else }}http{{ end }}
{{- end }}

{{- define "drawbridge.servicePort" -}}
{{- default (eq (include "drawbridge.httpScheme" .) "https" | ternary 443 80) .Values.gateway.service.port }}
{{- end }}

{{/* Port of the listener that asks for client certificates, or nothing. */}}
{{- define "drawbridge.certificatePort" -}}
{{- with dig "gateway" "clientCertificates" "listener" (dict) .Values.gateway.config }}{{ default 8443 .port }}{{ end }}
{{- end }}

{{/* Port of the collector that traces are sent to, or nothing. */}}
{{- define "drawbridge.collectorPort" -}}
{{- with dig "traces" "endpoint" "" (index .root.Values .component).config }}
{{- $url := urlParse . }}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (eq $url.scheme "https" | ternary "443" "80") }}
{{- end }}
{{- end }}

{{/* The whole file that a program reads: what was given, the servers of this release where none were, and a gateway's delay. */}}
{{- define "drawbridge.config" -}}
{{- $values := index .root.Values .component -}}
{{- $config := deepCopy $values.config }}
{{- if eq .component "gateway" }}
{{- $_ := set $config "gateway" (merge $config.gateway (dict "leaveDelay" (include "drawbridge.leaveDelay" .))) }}
{{- end }}
{{- if .root.Values.nats.enabled }}
{{- $nats := dict "servers" (include "drawbridge.natsServers" .root | fromJsonArray) "caFile" "nats/ca.crt" }}
{{- $_ := set $config "nats" (merge (default (dict) $config.nats) $nats) }}
{{- else if not (dig "nats" "servers" (list) $config) }}
{{- fail (printf "%s.config.nats.servers: name the NATS servers (tls://host:4222), or set nats.enabled" .component) }}
{{- end }}
{{- toYaml $config }}
{{- end }}

{{- define "drawbridge.natsName" -}}
{{ include "drawbridge.fullname" . }}-nats
{{- end }}

{{- define "drawbridge.natsServers" -}}
{{- $name := include "drawbridge.natsName" . }}
{{- $servers := list }}
{{- range until 3 }}
{{- $servers = append $servers (printf "tls://%s-%d.%s.%s.svc:4222" $name . $name $.Release.Namespace) }}
{{- end }}
{{- toJson $servers }}
{{- end }}

{{/* What `restricted` asks for, of the pod and of its containers. */}}
{{- define "drawbridge.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "drawbridge.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/* Waits before SIGTERM without a shell: the kubelet does it where it can, otherwise `command`. */}}
{{- define "drawbridge.preStop" -}}
{{- if semverCompare ">=1.30.0-0" .root.Capabilities.KubeVersion.Version }}
sleep:
  seconds: {{ .seconds }}
{{- else }}
exec:
  command: [node, -e, "setTimeout(() => {}, {{ mul .seconds 1000 }})"]
{{- end }}
{{- end }}

{{- define "drawbridge.volumeMounts" -}}
{{- $values := index .root.Values .component -}}
- name: config
  mountPath: /etc/drawbridge/{{ .component }}.yaml
  subPath: {{ .component }}.yaml
  readOnly: true
{{- range $folder, $_ := $values.secrets }}
- name: secret-{{ $folder }}
  mountPath: /etc/drawbridge/{{ $folder }}
  readOnly: true
{{- end }}
{{- range $folder, $_ := $values.configMaps }}
- name: public-{{ $folder }}
  mountPath: /etc/drawbridge/{{ $folder }}
  readOnly: true
{{- end }}
{{- if .root.Values.nats.enabled }}
- name: nats-ca
  mountPath: /etc/drawbridge/nats
  readOnly: true
{{- end }}
- name: tmp
  mountPath: /tmp
{{- with $values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "drawbridge.volumes" -}}
{{- $values := index .root.Values .component -}}
- name: config
  configMap:
    name: {{ include "drawbridge.componentName" . }}
{{- range $folder, $secret := $values.secrets }}
- name: secret-{{ $folder }}
  secret:
    secretName: {{ $secret }}
    defaultMode: 0440
{{- end }}
{{- range $folder, $configMap := $values.configMaps }}
- name: public-{{ $folder }}
  configMap:
    name: {{ $configMap }}
{{- end }}
{{- if .root.Values.nats.enabled }}
- name: nats-ca
  secret:
    secretName: {{ .root.Values.nats.tls.secretName }}
    items:
      - key: ca.crt
        path: ca.crt
{{- end }}
- name: tmp
  emptyDir:
    sizeLimit: 64Mi
{{- with $values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Where pods go: takes the component and its `spread` and `affinity`. */}}
{{- define "drawbridge.placement" -}}
{{- $values := index .root.Values .component -}}
{{- if $values.spread.enabled }}
topologySpreadConstraints:
  {{- range $values.spread.topologyKeys }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: {{ $values.spread.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "drawbridge.selectorLabels" $ | nindent 8 }}
  {{- end }}
{{- end }}
affinity:
  {{- if $values.affinity }}
  {{- toYaml $values.affinity | nindent 2 }}
  {{- else }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "drawbridge.selectorLabels" . | nindent 14 }}
  {{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* The programs of this release, as a JSON list. */}}
{{- define "drawbridge.programs" -}}
{{- $programs := list }}
{{- range list "connector" "gateway" }}
{{- if (index $.Values .).enabled }}{{ $programs = append $programs . }}{{ end }}
{{- end }}
{{- toJson $programs }}
{{- end }}

{{/* The newest version of an API that the cluster has. Without a cluster helm believes in all of them, so its version counts, too. */}}
{{- define "drawbridge.apiVersion" -}}
{{- $new := printf "%s/%s" .group .new }}
{{- if and (.root.Capabilities.APIVersions.Has $new) (semverCompare (printf ">=%s.0-0" .since) .root.Capabilities.KubeVersion.Version) }}{{ $new }}{{ else }}{{ .group }}/{{ .old }}{{ end }}
{{- end }}
