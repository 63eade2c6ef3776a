#!/bin/sh
# Runs Flower with a password, for the user qloom. `make run` draws FLOWER_PASSWORD; elsewhere it has to be set.
# The password is in the environment, since every user of the machine can read command lines.
set -eu

password=${FLOWER_PASSWORD:-}
case $password in
    "") problem="is not set" ;;
    *,* | changeme* | password* | flower* | qloom*) problem="is well known, or has a comma" ;;
    ????????????*) problem="" ;;
    *) problem="has fewer than 12 characters" ;;
esac
if [ -n "$problem" ]; then
    echo "FLOWER_PASSWORD $problem; draw one with openssl rand -hex 16" >&2
    exit 1
fi
export FLOWER_BASIC_AUTH="qloom:$password"

exec python -m workers.monitor --address="${FLOWER_HOST:-127.0.0.1}" --port="${FLOWER_PORT:-5555}" \
    --max_tasks=10000 --purge_offline_workers=3600 --read_only=true --logging=error
