#!/usr/bin/env bash
# Ends the engines of engine-up.sh. The images stay in their folder.
set -euo pipefail
source "$(dirname "$0")/lab.sh"

end_pid_file "$ENGINE/run/dockerd.pid"
end_pid_file "$ENGINE/build/dockerd.pid"
ip netns list | grep -qw "$NETNS" && ip netns delete "$NETNS"
true
