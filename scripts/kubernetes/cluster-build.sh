#!/usr/bin/env bash
# Builds a Kubernetes (1.20: apiserver, controller manager, scheduler, kubelet, kube-proxy) from Debian's source package with Debian's Go,
# for a machine that reaches no downloads of it. Six minutes on two cores, once; a few seconds when it is there.
set -euo pipefail
source "$(dirname "$0")/lab.sh"

programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy)
version=1.20.2
mkdir -p "$KUBERNETES"/{out,gopath/src/k8s.io}
install_packages golang-go etcd-server gcc libc6-dev jq openssl conntrack iptables
[ -x "$KUBERNETES/out/${programs[-1]}" ] && { say "it is built"; exit; }

cd "$KUBERNETES"
if [ ! -d "kubernetes-$version" ]; then
  line="deb-src [signed-by=$DEBIAN_KEYRING] $MIRROR bookworm main"
  apt_aside "$PWD" "$line" update
  apt_aside "$PWD" "$line" source --download-only kubernetes
  tar --extract --gzip --file kubernetes_*.orig.tar.gz
fi
ln -sfn "$PWD/kubernetes-$version" gopath/src/k8s.io/kubernetes
cd gopath/src/k8s.io/kubernetes
say "sources are there"

export CGO_ENABLED=0 GO111MODULE=off GOFLAGS= GOPATH=$KUBERNETES/gopath GOCACHE=$KUBERNETES/gocache
vendor=k8s.io/kubernetes/vendor/k8s.io
# The one generated file that the sources come without.
go build -o "$KUBERNETES/out/openapi-gen" "$vendor/kube-openapi/cmd/openapi-gen"
inputs=$(grep -rl --include='*.go' '+k8s:openapi-gen=' pkg staging/src/k8s.io |
  grep -vE 'code-generator|sample-apiserver|testdata|_test.go|kube-openapi' | xargs -n1 dirname | sort -u |
  sed "s#^staging/src/k8s.io#$vendor#; s#^pkg/#k8s.io/kubernetes/pkg/#" | paste -sd,)
"$KUBERNETES/out/openapi-gen" --logtostderr --v 0 --input-dirs "$inputs" --output-package k8s.io/kubernetes/pkg/generated/openapi \
  --output-file-base zz_generated.openapi --go-header-file hack/boilerplate/boilerplate.generatego.txt --report-filename "$KUBERNETES/openapi.report"

flags="-s -w"
for setting in gitVersion=v$version gitMajor=1 gitMinor=20 gitTreeState=clean; do
  flags="$flags -X $vendor/component-base/version.$setting -X $vendor/client-go/pkg/version.$setting"
done
for program in "${programs[@]}"; do
  go build -ldflags "$flags" -o "$KUBERNETES/out/$program" "k8s.io/kubernetes/cmd/$program"
  say "$program"
done
