#!/usr/bin/env bash
# Stands in for the cluster's DNS, whose image is not to be had: dnsmasq, told each second what services and endpoints there are.
# Started by cluster-up.sh: dns.sh KUBECTL
set -uo pipefail
source "$(dirname "$0")/lab.sh"
kubectl=$1
mkdir -p "$CLUSTER/dns/hosts"
touch "$CLUSTER/dns/hosts/cluster"

# Not by `inside`: a function in the background is one shell more, and that would be what is ended.
nsenter --net="/run/netns/$NETNS" dnsmasq --keep-in-foreground --no-resolv --no-hosts --bind-interfaces --listen-address=$NODE_ADDRESS --local=/cluster.local/ \
  --hostsdir="$CLUSTER/dns/hosts" --local-ttl=0 --user=root --pid-file="$CLUSTER/dns/pid" &
dnsmasq=$!
trap 'kill $dnsmasq; exit' TERM INT EXIT

services='.items[] | select(.spec.clusterIP != "None") | "\(.spec.clusterIP) \(.metadata.name).\(.metadata.namespace).svc.cluster.local"'
endpoints='.items[] | .metadata as $service | .subsets[]? | (.addresses[]?, .notReadyAddresses[]?) |
  if .hostname then "\(.ip) \(.hostname).\($service.name).\($service.namespace).svc.cluster.local" else empty end'
while sleep 1; do
  {
    inside "$kubectl" get services --all-namespaces --output json | jq -r "$services"
    inside "$kubectl" get endpoints --all-namespaces --output json | jq -r "$endpoints"
  } >"$CLUSTER/dns/new" 2>/dev/null || continue
  cmp -s "$CLUSTER/dns/new" "$CLUSTER/dns/hosts/cluster" || {
    cp "$CLUSTER/dns/new" "$CLUSTER/dns/hosts/cluster"
    kill -HUP $dnsmasq
  }
done
