#!/usr/bin/env bash
# Ends the cluster of cluster-up.sh, its pods and its mounts, and takes back what kubelet set for the whole machine.
set -euo pipefail
source "$(dirname "$0")/lab.sh"

for name in dns proxy kubelet scheduler controllers apiserver etcd; do end_pid_file "$CLUSTER/$name.pid"; done
pods=$(run_engine ps --all --quiet --filter name=k8s_)
[ -z "$pods" ] || run_engine rm --force $pods >/dev/null
! mountpoint --quiet "$CLUSTER/kubelet" || umount --recursive "$CLUSTER/kubelet"
[ ! -f "$CLUSTER/sysctl" ] || sysctl --quiet --load="$CLUSTER/sysctl"
# The next cluster begins empty.
rm -rf "$CLUSTER"/{etcd,kubelet,dns,sysctl}
