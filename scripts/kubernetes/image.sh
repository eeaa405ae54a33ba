#!/usr/bin/env bash
# Builds the image of this project with the engine of engine-up.sh, and gives it to the one that runs containers.
set -euo pipefail
source "$(dirname "$0")/lab.sh"

DOCKER_HOST="unix://$ENGINE/build/docker.sock" node "$ROOT/scripts/run.mjs" scripts/image.ts --network=host "$@"
tag="drawbridge:$(node -p "require('$ROOT/package.json').version")"
build_engine save "$tag" | run_engine load --quiet
