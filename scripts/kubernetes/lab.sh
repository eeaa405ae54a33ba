# Read by the scripts beside it: where the engine and the cluster of one machine live, and how each is spoken to.
#
#   DRAWBRIDGE_LAB         folder of everything; .cache/kubernetes here unless told
#   DRAWBRIDGE_LAB_NETNS   network namespace that all of it runs in; drawbridge unless told

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
LAB=${DRAWBRIDGE_LAB:-$ROOT/.cache/kubernetes}
NETNS=${DRAWBRIDGE_LAB_NETNS:-drawbridge}
ENGINE=$LAB/engine
CLUSTER=$LAB/cluster
KUBERNETES=$LAB/kubernetes
# What pods reach the node by: docker0 in the namespace.
NODE_ADDRESS=172.17.0.1
export KUBECONFIG=$CLUSTER/kubeconfig
# Debian's client, whatever else the machine has.
PATH=/usr/bin:$PATH

MIRROR=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/debian.sources)
DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

say() { echo "[${SECONDS}s] $*"; }
build_engine() { docker --host "unix://$ENGINE/build/docker.sock" "$@"; }
run_engine() { docker --host "unix://$ENGINE/run/docker.sock" "$@"; }
# Not `ip netns exec`: that mounts /sys anew, which hides the cgroups.
inside() { nsenter --net="/run/netns/$NETNS" "$@"; }

install_packages() {
  local missing=()
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "installing ${missing[*]}"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "${missing[@]}" >/dev/null
}

# Sources of another suite or kind, in a folder of their own: the machine's own lists stay as they are.
# usage: apt_aside FOLDER LINE-OF-SOURCES apt-get-arguments…
apt_aside() {
  local folder=$1 line=$2
  shift 2
  mkdir -p "$folder/lists/partial" "$folder/cache"
  echo "$line" >"$folder/sources.list"
  apt-get -qq -o "Dir::Etc::sourcelist=$folder/sources.list" -o Dir::Etc::sourceparts=/nonexistent \
    -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache" "$@"
}

# Waits up to a minute for a command to succeed.
until_ok() {
  for _ in $(seq 300); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.2
  done
  echo "did not come true in a minute: $*" >&2
  return 1
}

# Ends what a file of that name says was started, and waits until it has.
end_pid_file() {
  [ -f "$1" ] || return 0
  local pid
  pid=$(cat "$1")
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 100); do
    [ -d "/proc/$pid" ] || break
    sleep 0.1
  done
  rm -f "$1"
}
