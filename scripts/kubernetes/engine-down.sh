#!/usr/bin/env bash
# Ends the engines of engine-up.sh. The images stay in their folder.
set -euo pipefail
source "$(dirname "$0")/lab.sh"

end_pid_file "$ENGINE/run/dockerd.pid"
end_pid_file "$ENGINE/build/dockerd.pid"
for place in "$ENGINE"/{run,build}/exec/netns/default; do ! mountpoint --quiet "$place" || umount "$place"; done
ip netns list | grep -qw "$NETNS" && ip netns delete "$NETNS"
true
