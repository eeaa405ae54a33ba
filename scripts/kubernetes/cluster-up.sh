#!/usr/bin/env bash
# A Kubernetes cluster of one node, in the network namespace of engine-up.sh; run that and cluster-build.sh first. 5 to 25 s.
# It has no volume provisioner and no network that enforces policies. Prints how it is used; cluster-down.sh ends it.
set -euo pipefail
source "$(dirname "$0")/lab.sh"

programs=$KUBERNETES/out
services=10.96.0.0/16
kubectl=$(node "$ROOT/scripts/run.mjs" scripts/kubernetes/tools.ts)/kubectl
mkdir -p "$CLUSTER"/{etcd,apiserver,kubelet,log,dns/hosts}
cd "$CLUSTER"

# usage: start NAME command…
start() {
  local name=$1
  shift
  setsid nsenter --net="/run/netns/$NETNS" "$@" >"log/$name.log" 2>&1 </dev/null &
  echo $! >"$name.pid"
}

# usage: sign NAME SUBJECT EXTENSIONS
sign() {
  openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile <(echo "$3") -out "$1.crt" 2>/dev/null
}
if [ ! -f api.crt ]; then
  openssl genrsa -out accounts.key 2048 2>/dev/null
  openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 30 -subj /CN=lab 2>/dev/null
  sign admin /O=system:masters/CN=admin "extendedKeyUsage=clientAuth"
  sign api /CN=kube-apiserver "subjectAltName=IP:127.0.0.1,IP:$NODE_ADDRESS,IP:10.96.0.1,DNS:localhost,DNS:kubernetes.default.svc"
fi
cat >kubeconfig <<Y
apiVersion: v1
kind: Config
clusters: [{ name: lab, cluster: { server: "https://127.0.0.1:6443", certificate-authority: $CLUSTER/ca.crt } }]
users: [{ name: admin, user: { client-certificate: $CLUSTER/admin.crt, client-key: $CLUSTER/admin.key } }]
contexts: [{ name: lab, context: { cluster: lab, user: admin } }]
current-context: lab
Y

start etcd etcd --data-dir etcd --unsafe-no-fsync \
  --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
  --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster default=http://127.0.0.1:2380
start apiserver "$programs/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --bind-address=0.0.0.0 --advertise-address=$NODE_ADDRESS \
  --secure-port=6443 --tls-cert-file=api.crt --tls-private-key-file=api.key --client-ca-file=ca.crt --cert-dir=apiserver \
  --service-account-key-file=accounts.key --service-account-signing-key-file=accounts.key \
  --service-account-issuer=https://kubernetes.default.svc --service-cluster-ip-range=$services --authorization-mode=RBAC \
  --kubelet-preferred-address-types=InternalIP
ip -n "$NETNS" route replace $services dev docker0
until_ok inside "$kubectl" get --raw /readyz
start controllers "$programs/kube-controller-manager" --kubeconfig=kubeconfig --service-account-private-key-file=accounts.key \
  --root-ca-file=ca.crt --use-service-account-credentials=true --leader-elect=false --bind-address=127.0.0.1
start scheduler "$programs/kube-scheduler" --kubeconfig=kubeconfig --leader-elect=false --bind-address=127.0.0.1

cat >kubelet.yaml <<Y
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $NODE_ADDRESS
authentication: { anonymous: { enabled: true }, webhook: { enabled: false }, x509: { clientCAFile: $CLUSTER/ca.crt } }
authorization: { mode: AlwaysAllow }
cgroupDriver: cgroupfs
failSwapOn: false
clusterDomain: cluster.local
clusterDNS: [$NODE_ADDRESS]
evictionHard: {}
imageGCHighThresholdPercent: 100
volumePluginDir: $CLUSTER/kubelet/plugins
resolvConf: ""
enforceNodeAllocatable: []
Y
# kubelet sets these for the whole machine; cluster-down.sh puts them back.
[ -f sysctl ] || sysctl vm.overcommit_memory kernel.panic kernel.panic_on_oops kernel.keys.root_maxkeys kernel.keys.root_maxbytes >sysctl
start kubelet "$programs/kubelet" --config=kubelet.yaml --kubeconfig=kubeconfig --root-dir="$CLUSTER/kubelet" --container-runtime=docker \
  --docker-endpoint="unix://$ENGINE/run/docker.sock" --pod-infra-container-image=pause:lab --node-ip=$NODE_ADDRESS --hostname-override=lab \
  --network-plugin= --image-pull-progress-deadline=5s --cert-dir="$CLUSTER/kubelet/pki"
start proxy "$programs/kube-proxy" --kubeconfig=kubeconfig --proxy-mode=iptables --hostname-override=lab --cluster-cidr=172.17.0.0/16 \
  --conntrack-max-per-core=0 --bind-address=$NODE_ADDRESS --healthz-bind-address=127.0.0.1:10256 --metrics-bind-address=127.0.0.1:10249
setsid "$ROOT/scripts/kubernetes/dns.sh" "$kubectl" >log/dns.log 2>&1 </dev/null &
echo $! >dns.pid
until_ok sh -c "nsenter --net=/run/netns/$NETNS $kubectl get node lab | grep -q ' Ready'"

cat <<T
The cluster is up. For example:
  export KUBECONFIG=$KUBECONFIG PATH=$(dirname "$kubectl"):\$PATH
  nsenter --net=/run/netns/$NETNS kubectl get pods --all-namespaces
Images come from: docker --host unix://$ENGINE/run/docker.sock load
T
