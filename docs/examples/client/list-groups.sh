#!/bin/sh
# All groups, page by page, with curl and jq.
#
#     GATEWAY_URL=https://login.example.com TOKEN_FILE=helpdesk.token sh list-groups.sh
set -eu
url="${GATEWAY_URL:-http://127.0.0.1:8080}/v1/groups"
body='{"pageSize":100}'
while :; do
  # From a file, so that the token is in no list of processes.
  page=$(printf 'Authorization: Bearer %s\n' "$(cat "${TOKEN_FILE:-helpdesk.token}")" |
    curl --silent --show-error --fail-with-body --max-time 15 --retry 3 \
      --header @- --header 'Content-Type: application/json' --data "$body" "$url") || {
    printf '%s\n' "$page" >&2
    exit 1
  }
  printf '%s' "$page" | jq --raw-output '.groups[].name'
  cursor=$(printf '%s' "$page" | jq --raw-output '.cursor // empty')
  [ -n "$cursor" ] || break
  body=$(jq --null-input --compact-output --arg cursor "$cursor" '{pageSize: 100, cursor: $cursor}')
done
